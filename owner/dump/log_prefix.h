#ifndef PAGELAB_OWNER_DUMP_LOG_PREFIX_H_
#define PAGELAB_OWNER_DUMP_LOG_PREFIX_H_

#include <string_view>

namespace pagelab {

// `line`, without blanks around it, less what loggers put in front, any of
// these in any order:
//   [   12.345678] [Nov22 14:00] [  +0.000012] [Fri Nov 22 14:00:01 2024]
//   [ T1234] [    C0]                  the caller's, behind a time
//   [12.345678@1] (0)[1:init]          vendors'
//   <4>                                a console's
//   4,123,45678,-;                     of /dev/kmsg
//   kern  :alert :                     of dmesg -x
//   2024-11-22T14:00:01,123456+01:00   of dmesg --time-format iso
//   Nov 22 14:00:01 host kernel:       of journalctl and syslogs
// Lines of records are left alone from their first word on: names of tasks may
// look like any of these.
std::string_view WithoutLogPrefix(std::string_view line);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_LOG_PREFIX_H_
