# How everything is compiled: one interface target that every target of ours links.

add_library(flame_options INTERFACE)
target_compile_definitions(flame_options INTERFACE _GNU_SOURCE
  FLAME_VERSION="${PROJECT_VERSION}")
target_include_directories(flame_options INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(flame_options INTERFACE
  -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
  -Wvla -Wundef -fno-common)

# flame_strict_warnings(TARGET): for all folders of the product, but not for tests.
function(flame_strict_warnings target)
  target_compile_options(${target} PRIVATE -Wconversion -Wformat=2 -Wswitch-enum)
endfunction()

if(FLAME_WERROR)
  target_compile_options(flame_options INTERFACE -Werror)
endif()
if(FLAME_SANITIZE AND FLAME_SANITIZE_THREADS)
  message(FATAL_ERROR "AddressSanitizer and ThreadSanitizer exclude each other")
endif()
if(FLAME_SANITIZE)
  target_compile_options(flame_options INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(flame_options INTERFACE -fsanitize=address,undefined)
endif()
if(FLAME_SANITIZE_THREADS)
  target_compile_options(flame_options INTERFACE -fsanitize=thread -fno-omit-frame-pointer)
  target_link_options(flame_options INTERFACE -fsanitize=thread)
endif()
if(FLAME_FUZZ)
  target_compile_options(flame_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
