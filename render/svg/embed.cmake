# cmake -DASSETS=FOLDER -DOUTPUT=FILE.c [-DESBUILD=PROGRAM] -P embed.cmake: writes a C file that holds
# the three scripts and the two styles (see assets.h).
#
# esbuild bundles each script from its entry and minifies it. Without esbuild the modules are joined
# in the order of their imports. That works because of three rules, which tests/lint checks: imports
# and exports are lines of their own, nothing is renamed by them, and no name is declared at the top
# of two modules. Then only comments on lines of their own, indentation and empty lines are left out.
#
# All stand in CDATA sections, so "]]>" is refused.

cmake_minimum_required(VERSION 3.25)

# Names of properties that esbuild shortens. Only our modules may use them: neither a browser, nor a
# test, nor a string may.
set(MANGLED
  addMarks address amountText barHeight base baseline begin caption cell colour colourOf
  columns drawn factsOf firstDepth focused functionOf functions gone hits hovered isAll
  isCounted isFlipped isFolded kind largest lastDepth least limit links matched matchedText
  movers number order origin ownCounts panel pattern peak picked pivot profile query range
  rangeText rank readSides rests returnTo root rowLimit rows selfs showChoices side table
  until view without zoomed)
string(JOIN "|" MANGLED ${MANGLED})

# To a file, because lists, brackets and semicolons would not survive as CMake's own.
function(strip text file)
  string(REGEX REPLACE "\n[ \t]+" "\n" text "\n${text}")
  string(REGEX REPLACE "\n//[^\n]*" "" text "${text}")
  string(REGEX REPLACE "\n/\\*[^\n]*\\*/" "" text "${text}")
  string(REGEX REPLACE "\n\n+" "\n" text "${text}")
  file(WRITE "${file}" "${text}")
endfunction()

# Appends a module to 'script', after the modules that it imports. 'begun' are the modules that are
# being appended, from the entry on; 'done' those that were.
function(join_module path begun)
  if(path IN_LIST begun)
    message(FATAL_ERROR "modules import each other: ${begun};${path}")
  endif()
  if(path IN_LIST done)
    return()
  endif()
  file(READ "${path}" text)
  get_filename_component(folder "${path}" DIRECTORY)
  string(REGEX MATCHALL "\nimport [^\n;]* from '[a-z_./]+'" imports "\n${text}")
  foreach(import IN LISTS imports)
    string(REGEX REPLACE ".*'([a-z_./]+)'" "\\1" other "${import}")
    get_filename_component(other "${other}" ABSOLUTE BASE_DIR "${folder}")
    join_module("${other}" "${begun};${path}")
  endforeach()
  string(REGEX REPLACE "\nimport [^\n]*" "" text "\n${text}")
  string(REGEX REPLACE "\nexport " "\n" text "${text}")
  set(script "${script}${text}" PARENT_SCOPE)
  set(done ${done} ${path} PARENT_SCOPE)
endfunction()

function(make_script entry file)
  if(ESBUILD)
    # The oldest browsers that unpack the data and know all that the script calls are of 2021.
    execute_process(
      COMMAND "${ESBUILD}" --bundle --format=iife --minify --charset=utf8 --target=es2021
        "--mangle-props=^(${MANGLED})$" --log-level=warning "--outfile=${file}"
        "${ASSETS}/page/${entry}.js"
      COMMAND_ERROR_IS_FATAL ANY)
  else()
    set(script "")
    set(done "")
    join_module("${ASSETS}/page/${entry}.js" "")
    strip("'use strict';\n(() => {\n${script}})();\n" "${file}")
  endif()
endfunction()

function(make_style name file)
  if(ESBUILD)
    execute_process(
      COMMAND "${ESBUILD}" --minify --charset=utf8 --log-level=warning "--outfile=${file}"
        "${ASSETS}/${name}.css"
      COMMAND_ERROR_IS_FATAL ANY)
  else()
    file(READ "${ASSETS}/${name}.css" text)
    strip("${text}" "${file}")
  endif()
endfunction()

function(embed name file)
  file(READ "${file}" text)
  file(READ "${file}" hex HEX)
  file(REMOVE "${file}")
  string(FIND "${text}" "]]>" at)
  if(NOT at EQUAL -1)
    message(FATAL_ERROR "the ${name} holds ]]>, which would end the section it is put in")
  endif()
  string(REGEX REPLACE "(................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  set(code "${code}\nstatic const unsigned char ${name}_bytes[] = {\n${bytes}};
const struct asset asset_${name} = {(const char *)${name}_bytes, sizeof(${name}_bytes)};
" PARENT_SCOPE)
endfunction()

set(code "#include \"render/svg/assets.h\"\n")
foreach(script "script:plain" "timed_script:timed" "diff_script:diff")
  string(REPLACE ":" ";" names ${script})
  list(GET names 0 name)
  list(GET names 1 entry)
  make_script(${entry} "${OUTPUT}.${name}.js")
  embed(${name} "${OUTPUT}.${name}.js")
endforeach()
foreach(style "style:flame" "diff_style:diff")
  string(REPLACE ":" ";" names ${style})
  list(GET names 0 name)
  list(GET names 1 file)
  make_style(${file} "${OUTPUT}.${name}.css")
  embed(${name} "${OUTPUT}.${name}.css")
endforeach()
file(WRITE "${OUTPUT}" "${code}")
