# cmake -DPAGES=FILE,… -DOUTPUT=FILE -P embed.cmake: writes a C file with the text of each help page.
set(bytes "")
set(table "")
string(REPLACE "," ";" PAGES "${PAGES}")
foreach(page IN LISTS PAGES)
  get_filename_component(name "${page}" NAME_WE)
  file(READ "${page}" hex HEX)
  string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
  string(APPEND bytes "static const unsigned char page_${name}[] = {\n${hex}0};\n")
  string(APPEND table "\t{\"${name}\", (const char *)page_${name}},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include \"cli/help_pages.h\"

#include <stddef.h>

${bytes}
const struct help_page help_pages[] = {
${table}\t{NULL, NULL},
};
")
