# flame often runs as root and reads files that anybody may have written: a mistake in a parser
# must be hard to exploit. The test 'hardening' checks the program for all of this.
include(CheckCCompilerFlag)
include(CheckCSourceCompiles)

target_compile_options(flame_options INTERFACE -fPIE -fstack-protector-strong)
target_link_options(flame_options INTERFACE
  -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)

# Not on all processors, and not in all compilers.
set(FLAME_HARDENING_FLAGS -fcf-protection -fstack-clash-protection)
set(CMAKE_REQUIRED_FLAGS -Werror)
foreach(flag ${FLAME_HARDENING_FLAGS})
  string(MAKE_C_IDENTIFIER "FLAME_HAS${flag}" has)
  check_c_compiler_flag(${flag} ${has})
  if(${has})
    target_compile_options(flame_options INTERFACE ${flag})
  endif()
endforeach()

# Checks of the sizes of buffers need an optimizer, and level 3 gcc 12 or clang 9 with glibc 2.35.
# Sanitizers have better ones.
set(CMAKE_REQUIRED_FLAGS "-Werror -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3")
check_c_source_compiles("#include <string.h>\nint main(void) { return 0; }" FLAME_HAS_FORTIFY_3)
unset(CMAKE_REQUIRED_FLAGS)
if(FLAME_HAS_FORTIFY_3)
  set(FLAME_FORTIFY 3)
else()
  set(FLAME_FORTIFY 2)
endif()
if(NOT FLAME_SANITIZE AND NOT FLAME_SANITIZE_THREADS)
  target_compile_options(flame_options INTERFACE
    "$<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=${FLAME_FORTIFY}>")
endif()
