# flame_module(NAME SOURCES… USES FOLDER…): the one target of a folder. It sees only the
# folders it names, as docs/architecture.md allows.

function(flame_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES;LIBRARIES" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC flame_options ${arg_USES} PRIVATE ${arg_LIBRARIES})
  flame_strict_warnings(${name})
endfunction()
