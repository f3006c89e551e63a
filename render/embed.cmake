# cmake -DSCRIPT=… -DSTYLE=… -DOUTPUT=… -P embed.cmake: writes a C file that holds both.
# Lines that are only a comment ("//" in the script, "/* … */" in the style), indentation and
# empty lines are left out. Both stand in a CDATA section, so "]]>" is refused.

function(embed name file out)
  file(READ "${file}" text)
  string(FIND "${text}" "]]>" at)
  if(NOT at EQUAL -1)
    message(FATAL_ERROR "${file}: holds ]]>, which would end the section it is put in")
  endif()
  string(REGEX REPLACE "\n[ \t]+" "\n" text "\n${text}")
  string(REGEX REPLACE "\n//[^\n]*" "" text "${text}")
  string(REGEX REPLACE "\n/\\*[^\n]*\\*/" "" text "${text}")
  string(REGEX REPLACE "\n\n+" "\n" text "${text}")
  file(WRITE "${OUTPUT}.text" "${text}")
  file(READ "${OUTPUT}.text" hex HEX)
  file(REMOVE "${OUTPUT}.text")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(REGEX REPLACE "((0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,))" "\\1\n"
    bytes "${bytes}")
  set(${out} "static const unsigned char ${name}_bytes[] = {\n${bytes}};
const struct asset asset_${name} = {(const char *)${name}_bytes, sizeof(${name}_bytes)};
" PARENT_SCOPE)
endfunction()

embed(script "${SCRIPT}" script)
embed(style "${STYLE}" style)
file(WRITE "${OUTPUT}" "#include \"render/assets.h\"\n\n${script}\n${style}")
