# How everything is compiled: one interface target that every target of ours links.

add_library(flame_options INTERFACE)
target_compile_definitions(flame_options INTERFACE _GNU_SOURCE
  FLAME_VERSION="${PROJECT_VERSION}")
target_include_directories(flame_options INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(flame_options INTERFACE
  -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
  -Wvla -Wundef -fno-common)

if(FLAME_WERROR)
  target_compile_options(flame_options INTERFACE -Werror)
endif()
if(FLAME_SANITIZE)
  target_compile_options(flame_options INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(flame_options INTERFACE -fsanitize=address,undefined)
endif()
if(FLAME_FUZZ)
  target_compile_options(flame_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
