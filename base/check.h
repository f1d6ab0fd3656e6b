// Assertions about our own code. A failed check prints the expression, both
// operands where there are two, and the place, then aborts. A check is never
// reachable from input: wrong input is a status (base/status.h).

#ifndef PAGELAB_BASE_CHECK_H_
#define PAGELAB_BASE_CHECK_H_

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace pagelab::internal {

// A place in the source and the text of the checked expression.
struct CheckSite {
  const char* file;
  int line;
  const char* expression;
};

[[noreturn, gnu::cold, gnu::noinline]] void CheckFailed(const CheckSite& site);
[[noreturn, gnu::cold, gnu::noinline]] void CheckOpFailed(
    const CheckSite& site, const std::string& left, const std::string& right);

std::string SignedOperand(int64_t value);
std::string UnsignedOperand(uint64_t value);
std::string PointerOperand(const void* value);

template <typename T>
concept PlainInteger =
    std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>;

// Types of other folders print themselves through a ToString(value) beside
// them.
template <typename T>
[[gnu::cold, gnu::noinline]] std::string CheckOperand(const T& value) {
  if constexpr (requires { std::string(ToString(value)); }) {
    return std::string(ToString(value));
  } else if constexpr (std::same_as<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_null_pointer_v<T>) {
    return "nullptr";
  } else if constexpr (std::is_pointer_v<T>) {
    return PointerOperand(value);
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return std::string(std::string_view(value));
  } else if constexpr (std::is_enum_v<T>) {
    return CheckOperand(static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (std::signed_integral<T>) {
    return SignedOperand(value);
  } else if constexpr (std::unsigned_integral<T>) {
    return UnsignedOperand(value);
  } else if constexpr (std::is_floating_point_v<T>) {
    return std::to_string(value);
  } else if constexpr (requires { value.value(); }) {
    return CheckOperand(value.value());
  } else {
    return "(unprintable)";
  }
}

// Integers of different signs compare by value, as in std::cmp_equal.
#define PAGELAB_INTERNAL_COMPARISON(name, op, integer_comparison)            \
  struct name {                                                              \
    template <typename L, typename R>                                        \
    [[gnu::always_inline]] constexpr bool operator()(const L& left,          \
                                                     const R& right) const { \
      if constexpr (PlainInteger<L> && PlainInteger<R>) {                    \
        return integer_comparison(left, right);                              \
      } else {                                                               \
        return left op right;                                                \
      }                                                                      \
    }                                                                        \
  }
PAGELAB_INTERNAL_COMPARISON(CompareEq, ==, std::cmp_equal);
PAGELAB_INTERNAL_COMPARISON(CompareNe, !=, std::cmp_not_equal);
PAGELAB_INTERNAL_COMPARISON(CompareLt, <, std::cmp_less);
PAGELAB_INTERNAL_COMPARISON(CompareLe, <=, std::cmp_less_equal);
PAGELAB_INTERNAL_COMPARISON(CompareGt, >, std::cmp_greater);
PAGELAB_INTERNAL_COMPARISON(CompareGe, >=, std::cmp_greater_equal);
#undef PAGELAB_INTERNAL_COMPARISON

}  // namespace pagelab::internal

#define PAGELAB_CHECK(condition)                                          \
  do {                                                                    \
    if (!(condition)) [[unlikely]] {                                      \
      ::pagelab::internal::CheckFailed({__FILE__, __LINE__, #condition}); \
    }                                                                     \
  } while (false)

#define PAGELAB_INTERNAL_CHECK_OP(comparison, op, left, right)           \
  do {                                                                   \
    const auto& pagelab_left = (left);                                   \
    const auto& pagelab_right = (right);                                 \
    if (!::pagelab::internal::comparison()(pagelab_left, pagelab_right)) \
        [[unlikely]] {                                                   \
      ::pagelab::internal::CheckOpFailed(                                \
          {__FILE__, __LINE__, #left " " #op " " #right},                \
          ::pagelab::internal::CheckOperand(pagelab_left),               \
          ::pagelab::internal::CheckOperand(pagelab_right));             \
    }                                                                    \
  } while (false)

#define PAGELAB_CHECK_EQ(left, right) \
  PAGELAB_INTERNAL_CHECK_OP(CompareEq, ==, left, right)
#define PAGELAB_CHECK_NE(left, right) \
  PAGELAB_INTERNAL_CHECK_OP(CompareNe, !=, left, right)
#define PAGELAB_CHECK_LT(left, right) \
  PAGELAB_INTERNAL_CHECK_OP(CompareLt, <, left, right)
#define PAGELAB_CHECK_LE(left, right) \
  PAGELAB_INTERNAL_CHECK_OP(CompareLe, <=, left, right)
#define PAGELAB_CHECK_GT(left, right) \
  PAGELAB_INTERNAL_CHECK_OP(CompareGt, >, left, right)
#define PAGELAB_CHECK_GE(left, right) \
  PAGELAB_INTERNAL_CHECK_OP(CompareGe, >=, left, right)

// Debug checks: compiled but never evaluated under NDEBUG.
#ifdef NDEBUG
#define PAGELAB_INTERNAL_DCHECK(check) \
  do {                                 \
    if (false) {                       \
      check;                           \
    }                                  \
  } while (false)
#else
#define PAGELAB_INTERNAL_DCHECK(check) check
#endif

#define PAGELAB_DCHECK(condition) \
  PAGELAB_INTERNAL_DCHECK(PAGELAB_CHECK(condition))
#define PAGELAB_DCHECK_EQ(left, right) \
  PAGELAB_INTERNAL_DCHECK(PAGELAB_CHECK_EQ(left, right))
#define PAGELAB_DCHECK_NE(left, right) \
  PAGELAB_INTERNAL_DCHECK(PAGELAB_CHECK_NE(left, right))
#define PAGELAB_DCHECK_LT(left, right) \
  PAGELAB_INTERNAL_DCHECK(PAGELAB_CHECK_LT(left, right))
#define PAGELAB_DCHECK_LE(left, right) \
  PAGELAB_INTERNAL_DCHECK(PAGELAB_CHECK_LE(left, right))
#define PAGELAB_DCHECK_GT(left, right) \
  PAGELAB_INTERNAL_DCHECK(PAGELAB_CHECK_GT(left, right))
#define PAGELAB_DCHECK_GE(left, right) \
  PAGELAB_INTERNAL_DCHECK(PAGELAB_CHECK_GE(left, right))

#endif  // PAGELAB_BASE_CHECK_H_
