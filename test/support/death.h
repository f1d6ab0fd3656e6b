// For tests of checks: what a function prints before it aborts.

#ifndef PAGELAB_TEST_SUPPORT_DEATH_H_
#define PAGELAB_TEST_SUPPORT_DEATH_H_

#include <functional>
#include <string>

namespace pagelab {

// Runs `body` in a child process. Returns what it wrote to standard error if
// it aborted, and "did not abort" if it ended in any other way.
std::string DeathMessage(const std::function<void()>& body);

}  // namespace pagelab

#endif  // PAGELAB_TEST_SUPPORT_DEATH_H_
