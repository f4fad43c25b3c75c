# cmake -DHTML=... -DSTYLE=... -DCHART=... -DSCRIPTS=a;b -DOUTPUT=... -P embed_page.cmake
# Fills the page's marks (@STYLE@, @CHART@, @SCRIPTS@) with the files' content, splits it at @DATA@, and writes both parts
# as the C++ source of page.hpp.
cmake_minimum_required(VERSION 3.25)

function(read_part file result)
  file(READ "${file}" text)
  if(text MATCHES "</script|@DATA@")
    message(FATAL_ERROR "${file} has a text that would end the page's script")
  endif()
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

set(all "")
foreach(file IN LISTS SCRIPTS)
  read_part("${file}" text)
  string(APPEND all "${text}\n")
endforeach()
read_part("${STYLE}" style)
read_part("${CHART}" chart)

file(READ "${HTML}" page)
string(FIND "${page}" "@DATA@" place)
if(place EQUAL -1)
  message(FATAL_ERROR "${HTML} has no place for the data")
endif()
string(SUBSTRING "${page}" 0 ${place} before)
math(EXPR place "${place} + 6")
string(SUBSTRING "${page}" ${place} -1 behind)
foreach(part before behind)
  string(REPLACE "@STYLE@" "${style}" ${part} "${${part}}")
  string(REPLACE "@SCRIPTS@" "${all}" ${part} "${${part}}")
  string(REPLACE "@CHART@" "${chart}" ${part} "${${part}}")
endforeach()

# A text as an array of its bytes: a string literal of this length is more than compilers promise to take.
function(as_array text name result)
  file(WRITE "${OUTPUT}.part" "${text}")
  file(READ "${OUTPUT}.part" bytes HEX)
  file(REMOVE "${OUTPUT}.part")
  string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
  set(${result} "constexpr char ${name}[] = {\n${bytes}};\n" PARENT_SCOPE)
endfunction()
as_array("${before}" before_data before_array)
as_array("${behind}" behind_data behind_array)
file(WRITE "${OUTPUT}" "#include \"page.hpp\"\n\nnamespace html {\nnamespace {\n${before_array}${behind_array}}  // namespace\n
std::string_view page_before_data() { return {before_data, sizeof(before_data)}; }
std::string_view page_behind_data() { return {behind_data, sizeof(behind_data)}; }
}  // namespace html\n")
