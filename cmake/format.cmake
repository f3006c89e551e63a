# Target format: lays out every C file as .clang-format says.
add_custom_target(format
  COMMAND "${CMAKE_COMMAND}" -D MODE=write -D "SOURCE_DIR=${CMAKE_SOURCE_DIR}"
          -P "${CMAKE_CURRENT_LIST_DIR}/format_files.cmake"
  VERBATIM)
