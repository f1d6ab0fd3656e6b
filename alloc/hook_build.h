#ifndef PAGELAB_ALLOC_HOOK_BUILD_H_
#define PAGELAB_ALLOC_HOOK_BUILD_H_

// The hot sources are compiled three times, once per way to ask "does anybody
// watch allocations?" (DESIGN.md decision 7): not at all, with a load and a
// branch, with a static key. Tracepoints are the same in all three, as in the
// kernel. PAGELAB_HOOK_BUILD selects which of them a source is compiled as, or,
// for everybody else, which it uses.
#define PAGELAB_HOOKS_ABSENT 0
#define PAGELAB_HOOKS_BRANCH 1
#define PAGELAB_HOOKS_STATIC_KEY 2

// Static keys need `asm goto` and code patching.
#if defined(__x86_64__)
#define PAGELAB_HAS_STATIC_KEYS 1
#else
#define PAGELAB_HAS_STATIC_KEYS 0
#endif

#ifndef PAGELAB_HOOK_BUILD
#if PAGELAB_HAS_STATIC_KEYS
#define PAGELAB_HOOK_BUILD PAGELAB_HOOKS_STATIC_KEY
#else
#define PAGELAB_HOOK_BUILD PAGELAB_HOOKS_BRANCH
#endif
#endif

#if PAGELAB_HOOK_BUILD == PAGELAB_HOOKS_ABSENT
#define PAGELAB_HOOK_NAMESPACE hooks_absent
#elif PAGELAB_HOOK_BUILD == PAGELAB_HOOKS_BRANCH
#define PAGELAB_HOOK_NAMESPACE hooks_branch
#else
#define PAGELAB_HOOK_NAMESPACE hooks_static_key
#endif

#endif  // PAGELAB_ALLOC_HOOK_BUILD_H_
