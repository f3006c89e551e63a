# cmake -D MODE=check|write -D SOURCE_DIR=… -P format_files.cmake
# Version 14 decides: others lay out some lines differently.
find_program(clang_format NAMES clang-format-14 clang-format)
if(clang_format)
  execute_process(COMMAND "${clang_format}" --version OUTPUT_VARIABLE version)
endif()
if(NOT version MATCHES "version 14\\.")
  message(STATUS "skipped: needs clang-format 14")
  return()
endif()

set(files "")
foreach(folder base model elf record unwind symbolize fold diff render flow cli tests samples)
  file(GLOB_RECURSE found "${SOURCE_DIR}/${folder}/*.c" "${SOURCE_DIR}/${folder}/*.h")
  list(APPEND files ${found})
endforeach()
list(FILTER files EXCLUDE REGEX "/(build|node_modules|corpus)/")

if(MODE STREQUAL "check")
  set(arguments --dry-run -Werror --ferror-limit=1)
else()
  set(arguments -i)
endif()
execute_process(COMMAND "${clang_format}" --style=file ${arguments} ${files}
  RESULT_VARIABLE status)
if(status)
  message(FATAL_ERROR "not as .clang-format says; the target 'format' mends it")
endif()
