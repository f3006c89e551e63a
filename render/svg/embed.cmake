# cmake -DSCRIPT=FILE,… -DTIMED_SCRIPT=FILE,… -DDIFF_SCRIPT=FILE,… -DSTYLE=FILE -DDIFF_STYLE=FILE
# -DESBUILD=PROGRAM -DOUTPUT=… -P embed.cmake: writes a C file that holds the three scripts, whose
# parts become one each, and the two styles, minified. Without esbuild only lines that are a
# comment ("//" in the script, "/* … */" in the style), indentation and empty lines are left out.
# All stand in CDATA sections, so "]]>" is refused.

# To a file, because lists, brackets and semicolons would not survive as CMake's own.
function(strip text file)
  string(REGEX REPLACE "\n[ \t]+" "\n" text "\n${text}")
  string(REGEX REPLACE "\n//[^\n]*" "" text "${text}")
  string(REGEX REPLACE "\n/\\*[^\n]*\\*/" "" text "${text}")
  string(REGEX REPLACE "\n\n+" "\n" text "${text}")
  file(WRITE "${file}" "${text}")
endfunction()

function(minify text suffix file)
  set(whole "${OUTPUT}.whole${suffix}")
  # Once nobody edits it, what is constant need not be said: 300 bytes. Numbers are put where they are
  # used, if it is.
  string(REGEX REPLACE "([\n\t(])const ([^A-Z])" "\\1let \\2" text "${text}")
  file(WRITE "${whole}" "${text}")
  # The oldest browsers that unpack the data and know all that the script calls are of 2021.
  execute_process(
    COMMAND "${ESBUILD}" --minify --charset=utf8 --target=es2021 --log-level=warning
      "--outfile=${file}" "${whole}"
    COMMAND_ERROR_IS_FATAL ANY)
  file(REMOVE "${whole}")
endfunction()

function(embed name text suffix out)
  set(file "${OUTPUT}.${name}${suffix}")
  if(ESBUILD)
    minify("${text}" "${suffix}" "${file}")
  else()
    strip("${text}" "${file}")
  endif()
  file(READ "${file}" text)
  file(READ "${file}" hex HEX)
  file(REMOVE "${file}")
  string(FIND "${text}" "]]>" at)
  if(NOT at EQUAL -1)
    message(FATAL_ERROR "the ${name} holds ]]>, which would end the section it is put in")
  endif()
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
    string(REGEX REPLACE "import [^\n]*\n" "" one "${one}")
    string(REGEX REPLACE "\nexport " "\n" one "${one}")
    string(APPEND text "${one}")
  endforeach()
  set(${out} "'use strict';\n(async () => {\n${text}})();\n" PARENT_SCOPE)
endfunction()

set(code "#include \"render/svg/assets.h\"\n")
foreach(name script timed_script diff_script)
  string(TOUPPER ${name} files)
  join_parts("${${files}}" text)
  embed(${name} "${text}" .js one)
  string(APPEND code "\n${one}")
endforeach()
foreach(name style diff_style)
  string(TOUPPER ${name} file)
  file(READ "${${file}}" text)
  embed(${name} "${text}" .css one)
  string(APPEND code "\n${one}")
endforeach()
file(WRITE "${OUTPUT}" "${code}")
