# cmake -DINPUT=<text> -DOUTPUT=<file.cc> -P embed_text.cmake
#
# Writes the C++ source of EmbeddedSteps() (recorded_steps.h) with the text.

file(READ "${INPUT}" text)
if(text MATCHES "\\)embedded\"")
  message(FATAL_ERROR "${INPUT} contains the delimiter of raw strings")
endif()
file(WRITE "${OUTPUT}" "#include \"pagelab/bench/recorded_steps.h\"

namespace pagelab {

std::string_view EmbeddedSteps() {
  return R\"embedded(${text})embedded\";
}

}  // namespace pagelab
")
