# flame_libperf: the kernel's library of perf events and rings. Some distributions package
# it; for the others it is built, once for all presets, out of the kernel source package.

set(FLAME_LIBPERF_DIR "${CMAKE_SOURCE_DIR}/build/libperf" CACHE PATH
  "Where libperf is kept when it is built from the kernel source package")

# Part of cmake/hardening.cmake; the same for all presets, which share the library. The file
# 'flags' beside the library says how it was built: with other flags it is built again.
set(FLAME_LIBPERF_FLAGS "-O2 -fno-omit-frame-pointer -fstack-protector-strong")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  string(APPEND FLAME_LIBPERF_FLAGS " -fcf-protection")
endif()

# The newest tarball of the distribution's package: Debian has the file itself in /usr/src,
# Ubuntu a folder with it.
function(flame_find_kernel_source out)
  file(GLOB tarballs
    /usr/src/linux-source-*.tar.xz /usr/src/linux-source-*.tar.bz2
    /usr/src/linux-source-*/linux-source-*.tar.xz
    /usr/src/linux-source-*/linux-source-*.tar.bz2)
  list(SORT tarballs COMPARE NATURAL ORDER DESCENDING)
  set(${out} "" PARENT_SCOPE)
  if(tarballs)
    list(GET tarballs 0 newest)
    set(${out} "${newest}" PARENT_SCOPE)
  endif()
endfunction()

function(flame_libperf_step step log)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_FILE "${log}" ERROR_FILE "${log}")
  if(NOT result EQUAL 0)
    file(READ "${log}" text)
    message(FATAL_ERROR "libperf: ${step} failed\n${text}")
  endif()
endfunction()

# Builds in a folder of its own outside the source tree (kernel makefiles know no spaces in
# paths) and leaves libraries and headers in 'dir', which appears only when it is complete.
function(flame_build_libperf tarball dir)
  execute_process(COMMAND mktemp -d -t flame-libperf.XXXXXX OUTPUT_VARIABLE work
    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  message(STATUS "Building libperf from ${tarball} (once, about 15 s)")
  set(wanted tools/lib tools/build tools/scripts tools/include tools/arch include/uapi
    scripts/Makefile*)
  list(TRANSFORM wanted PREPEND "*/")
  flame_libperf_step("unpacking ${tarball}" "${work}/log"
    tar -xf "${tarball}" -C "${work}" --strip-components=1
    --wildcards --no-wildcards-match-slash ${wanted})
  flame_libperf_step("make" "${work}/log"
    ${CMAKE_COMMAND} -E env --unset=MAKEFLAGS --unset=CFLAGS --unset=LDFLAGS
    make -C "${work}/tools/lib/perf" prefix=/usr "DESTDIR=${work}/root" WERROR=0
    "EXTRA_CFLAGS=${FLAME_LIBPERF_FLAGS} -Wno-error -ffile-prefix-map=${work}=libperf"
    install_lib install_headers)

  file(GLOB_RECURSE libraries "${work}/root/libperf.a" "${work}/tools/lib/*/libapi.a")
  file(REMOVE_RECURSE "${dir}.part")
  file(COPY ${libraries} DESTINATION "${dir}.part/lib")
  file(COPY "${work}/root/usr/include/perf" DESTINATION "${dir}.part/include")
  file(WRITE "${dir}.part/flags" "${FLAME_LIBPERF_FLAGS}")
  file(REMOVE_RECURSE "${dir}")
  file(RENAME "${dir}.part" "${dir}")
  file(REMOVE_RECURSE "${work}")
endfunction()

function(flame_provide_libperf dir)
  get_filename_component(parent "${dir}" DIRECTORY)
  file(MAKE_DIRECTORY "${parent}")
  # Two configurations at once: the second one waits and finds it done.
  file(LOCK "${dir}.lock" GUARD FUNCTION TIMEOUT 300)
  set(flags "")
  if(EXISTS "${dir}/flags")
    file(READ "${dir}/flags" flags)
  endif()
  if(EXISTS "${dir}/lib/libperf.a" AND flags STREQUAL FLAME_LIBPERF_FLAGS)
    return()
  endif()
  flame_find_kernel_source(tarball)
  if(NOT tarball)
    message(FATAL_ERROR "libperf is missing: neither pkg-config knows it nor is there a "
      "kernel source in /usr/src to build it from; try: apt-get install linux-source")
  endif()
  flame_build_libperf("${tarball}" "${dir}")
endfunction()

add_library(flame_libperf INTERFACE)
pkg_check_modules(LIBPERF QUIET IMPORTED_TARGET libperf)
if(LIBPERF_FOUND)
  target_link_libraries(flame_libperf INTERFACE PkgConfig::LIBPERF)
else()
  flame_provide_libperf("${FLAME_LIBPERF_DIR}")
  target_include_directories(flame_libperf SYSTEM INTERFACE "${FLAME_LIBPERF_DIR}/include")
  file(GLOB FLAME_LIBPERF_LIBRARIES "${FLAME_LIBPERF_DIR}/lib/libperf.a"
    "${FLAME_LIBPERF_DIR}/lib/libapi.a")
  list(SORT FLAME_LIBPERF_LIBRARIES ORDER DESCENDING)
  target_link_libraries(flame_libperf INTERFACE ${FLAME_LIBPERF_LIBRARIES})
endif()
