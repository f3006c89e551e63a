# cmake -DSCRIPT=FILE,… -DDIFF=FILE,… -DSTART=FILE,… -DSTYLE=FILE -DOUTPUT=… -P embed.cmake: writes
# a C file that holds the script, whose parts become one, and the style. Lines that are only a comment ("//" in the
# script, "/* … */" in the style), indentation and empty lines are left out. Both stand in a
# CDATA section, so "]]>" is refused.

function(embed name text out)
  string(FIND "${text}" "]]>" at)
  if(NOT at EQUAL -1)
    message(FATAL_ERROR "the ${name} holds ]]>, which would end the section it is put in")
  endif()
  string(REGEX REPLACE "\n[ \t]+" "\n" text "\n${text}")
  string(REGEX REPLACE "\n//[^\n]*" "" text "${text}")
  string(REGEX REPLACE "\n/\\*[^\n]*\\*/" "" text "${text}")
  string(REGEX REPLACE "\n\n+" "\n" text "${text}")
  file(WRITE "${OUTPUT}.text" "${text}")
  file(READ "${OUTPUT}.text" hex HEX)
  file(REMOVE "${OUTPUT}.text")
  string(REGEX REPLACE "(................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  set(${out} "static const unsigned char ${name}_bytes[] = {\n${bytes}};
const struct asset asset_${name} = {(const char *)${name}_bytes, sizeof(${name}_bytes)};
" PARENT_SCOPE)
endfunction()

function(join_parts files out)
  string(REPLACE "," ";" parts "${files}")
  set(text "")
  foreach(part IN LISTS parts)
    file(READ "${part}" one)
    string(APPEND text "${one}")
  endforeach()
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

join_parts("${SCRIPT}" script)
join_parts("${DIFF}" diff)
join_parts("${START}" start)
join_parts("${STYLE}" style)

embed(script "'use strict';\n(async () => {\n${script}" script_c)
embed(diff "${diff}" diff_c)
embed(start "${start}})();\n" start_c)
embed(style "${style}" style_c)
file(WRITE "${OUTPUT}" "#include \"render/assets.h\"\n\n${script_c}\n${diff_c}\n${start_c}\n${style_c}")
