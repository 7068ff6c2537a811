//===--- thread_team.c - threads that share the parts of a call -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A training loop does other work for milliseconds between two steps, and the
// helpers sleep meanwhile. Three things matter then.
//
// A helper that is woken runs where it slept or where its waker runs. The
// kernel often chooses the waker's processor, on which the two take turns for
// up to 3 ms. So a helper is first bound to the processors that the caller is
// not on.
//
// A helper may be late, on a busy machine by milliseconds. So the caller begins
// at once, each thread takes small parts of the work, and a helper that has not
// begun when all parts are taken is sent back to sleep and not waited for.
//
// A helper that has begun a part may lose its processor to another process. The
// caller then lends the helper its own, which it would only wait on.
//
// Bits do not depend on which thread does a part.
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE

#include "CThreadTeam.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// MARK: - Time

/// How long a helper looks for another call before it sleeps, in ns. The passes
/// of one step follow each other within that time. Longer, and a processor that
/// other programs need would be taken from them.
static const int64_t idle_spin = 30 * 1000;

/// How long a caller looks whether a helper has ended its part before it asks
/// whether the helper runs at all, in ns.
static const int64_t patience = 30 * 1000;

static int64_t time_of(clockid_t clock) {
  struct timespec time;
  if (clock_gettime(clock, &time)) return 0;
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/// The end of the last call.
static _Atomic int64_t last_end = INT64_MIN / 2;

static int64_t now(void) { return time_of(CLOCK_MONOTONIC); }

static void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// MARK: - Sleep

/// Sleeps until woken, for `limit` ns at most unless that is 0; returns at once
/// if the word has another value.
static void sleep_on(_Atomic uint32_t *word, uint32_t value, int64_t limit) {
  struct timespec time = {.tv_nsec = limit};
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, limit ? &time : NULL,
          NULL, 0);
}

static void wake(_Atomic uint32_t *word) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

// MARK: - Calls

/// The parts that a worker begins with, so that they stay in the caches of its
/// processor from call to call. Other workers take those that it leaves.
struct share {
  // On a cache line of its own: each part taken writes to it.
  _Alignas(64) atomic_size_t next;
  size_t end;
};

/// A call, on the stack of its caller.
struct call {
  ademamix_team_body body;
  void *context;
  size_t worker_count;
  struct share *shares;
};

/// Does parts until none is left, first those of the worker's own share.
static void take_parts(const struct call *call, size_t worker) {
  for (size_t i = 0; i < call->worker_count; i++) {
    struct share *share = &call->shares[(worker + i) % call->worker_count];
    // Looked at first: a counter that is added to forever could wrap around.
    while (atomic_load_explicit(&share->next, memory_order_relaxed) <
           share->end) {
      size_t part =
          atomic_fetch_add_explicit(&share->next, 1, memory_order_relaxed);
      if (part >= share->end) break;
      call->body(call->context, part, worker);
    }
  }
}

// MARK: - Helpers

/// The states of a helper. A caller owns it from `claimed` to `idle`.
enum state {
  /// Nobody's: asleep, about to sleep, or not started yet.
  idle,
  /// A caller prepares the helper.
  claimed,
  /// The helper is to begin. The caller may still take that back.
  called,
  /// The helper does parts, and the call must not end before it.
  working,
  /// The same, and the caller sleeps.
  awaited,
  /// The helper will not touch the call any more.
  ended,
};

struct helper {
  _Alignas(128) _Atomic uint32_t state;
  // The rest belongs to the owner.
  bool is_started;
  bool is_bound;
  pthread_t thread;
  clockid_t clock;
  /// The processors that the helper is bound to.
  cpu_set_t processors;
  const struct call *call;
  size_t worker;
};

static struct helper helpers[ademamix_team_limit - 1];

static void *help(void *argument) {
  struct helper *helper = argument;
  int64_t spin_end = 0;
  for (;;) {
    uint32_t state =
        atomic_load_explicit(&helper->state, memory_order_relaxed);
    if (state == called) {
      if (!atomic_compare_exchange_strong_explicit(
              &helper->state, &state, working, memory_order_acquire,
              memory_order_relaxed))
        continue;
      take_parts(helper->call, helper->worker);
      if (atomic_exchange_explicit(&helper->state, ended,
                                   memory_order_release) == awaited)
        wake(&helper->state);
      spin_end = now() + idle_spin;
    } else if (now() < spin_end) {
      pause_briefly();
    } else {
      sleep_on(&helper->state, state, 0);
    }
  }
  return NULL;
}

/// In a process that was forked there are no helpers.
static void forget_helpers(void) { memset(helpers, 0, sizeof(helpers)); }

static void listen_for_forks(void) {
  pthread_atfork(NULL, NULL, forget_helpers);
}

/// Starts the thread of a claimed helper.
static bool start(struct helper *helper) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, listen_for_forks);
  // Signals are for the threads that the program knows.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  helper->is_started =
      !pthread_create(&helper->thread, NULL, help, helper);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (!helper->is_started) return false;
  pthread_setname_np(helper->thread, "ademamix-team");
  pthread_detach(helper->thread);
  if (pthread_getcpuclockid(helper->thread, &helper->clock))
    helper->clock = CLOCK_MONOTONIC;
  helper->is_bound = false;
  return true;
}

/// Binds a claimed helper to some processors. Nothing is lost if that fails:
/// the helper then runs where the kernel puts it.
static void bind(struct helper *helper, const cpu_set_t *processors) {
  if (helper->is_bound && CPU_EQUAL(&helper->processors, processors)) return;
  helper->processors = *processors;
  helper->is_bound = !pthread_setaffinity_np(
      helper->thread, sizeof(*processors), processors);
}

/// Calls an idle helper, if `helper` is one.
static bool summon(struct helper *helper, const struct call *call,
                   size_t worker, const cpu_set_t *processors) {
  uint32_t state = idle;
  if (!atomic_compare_exchange_strong_explicit(&helper->state, &state, claimed,
                                               memory_order_acquire,
                                               memory_order_relaxed))
    return false;
  if (!helper->is_started && !start(helper)) {
    atomic_store_explicit(&helper->state, idle, memory_order_release);
    return false;
  }
  helper->call = call;
  helper->worker = worker;
  bind(helper, processors);
  atomic_store_explicit(&helper->state, called, memory_order_release);
  wake(&helper->state);
  return true;
}

/// Lets a helper go that has not begun.
static bool dismiss(struct helper *helper) {
  uint32_t state = called;
  return atomic_compare_exchange_strong_explicit(
      &helper->state, &state, idle, memory_order_release,
      memory_order_relaxed);
}

/// Waits until a helper that has begun has ended.
static void await(struct helper *helper) {
  uint32_t state =
      atomic_load_explicit(&helper->state, memory_order_acquire);
  int64_t asked = now(), used = time_of(helper->clock);
  // A state of `idle` is that of a forked process, which has no helpers.
  while (state == working || state == awaited) {
    int64_t waited = now() - asked;
    if (waited >= patience) {
      int64_t has_used = time_of(helper->clock);
      if (has_used - used < waited / 2) {
        // The helper has begun, and something else runs in its place.
        int processor = sched_getcpu();
        cpu_set_t own;
        CPU_ZERO(&own);
        if (processor >= 0 && processor < CPU_SETSIZE) {
          CPU_SET(processor, &own);
          bind(helper, &own);
        }
        state = working;
        if (atomic_compare_exchange_strong_explicit(
                &helper->state, &state, awaited, memory_order_acquire,
                memory_order_acquire) ||
            state == awaited) {
          // Not forever: the helper may be moved away.
          sleep_on(&helper->state, awaited, 1000 * 1000);
        }
      }
      asked = now();
      used = time_of(helper->clock);
    } else {
      pause_briefly();
    }
    state = atomic_load_explicit(&helper->state, memory_order_acquire);
  }
  atomic_store_explicit(&helper->state, idle, memory_order_release);
}

// MARK: - Entry points

/// Finds the processors of the calling thread without the one it is on.
static bool find_others(cpu_set_t *processors, size_t *count) {
  if (sched_getaffinity(0, sizeof(*processors), processors)) return false;
  *count = (size_t)CPU_COUNT(processors);
  int processor = sched_getcpu();
  if (processor >= 0 && processor < CPU_SETSIZE)
    CPU_CLR(processor, processors);
  return *count > 1;
}

void ademamix_team_run(size_t part_count, size_t worker_count,
                       ademamix_team_body body, void *context) {
  cpu_set_t others;
  size_t processor_count = 0;
  if (worker_count > part_count) worker_count = part_count;
  if (worker_count > ademamix_team_limit) worker_count = ademamix_team_limit;
  if (worker_count > 1) {
    if (!find_others(&others, &processor_count)) worker_count = 1;
    else if (worker_count > processor_count) worker_count = processor_count;
  }
  if (worker_count <= 1) {
    for (size_t part = 0; part < part_count; part++) body(context, part, 0);
    atomic_store_explicit(&last_end, now(), memory_order_relaxed);
    return;
  }
  struct share shares[worker_count];
  for (size_t i = 0; i < worker_count; i++) {
    size_t rest = part_count % worker_count, each = part_count / worker_count;
    size_t first = each * i + (i < rest ? i : rest);
    atomic_init(&shares[i].next, first);
    shares[i].end = first + each + (i < rest);
  }
  struct call call = {body, context, worker_count, shares};
  struct helper *called_helpers[worker_count];
  size_t count = 0;
  for (size_t i = 0; i < ademamix_team_limit - 1 && count < worker_count - 1;
       i++)
    if (summon(&helpers[i], &call, count + 1, &others))
      called_helpers[count++] = &helpers[i];
  take_parts(&call, 0);
  // All are told before one is waited for.
  size_t begun = 0;
  for (size_t i = 0; i < count; i++)
    if (!dismiss(called_helpers[i])) called_helpers[begun++] = called_helpers[i];
  for (size_t i = 0; i < begun; i++) await(called_helpers[i]);
  atomic_store_explicit(&last_end, now(), memory_order_relaxed);
}

bool ademamix_team_is_awake(void) {
  return now() - atomic_load_explicit(&last_end, memory_order_relaxed) <
         idle_spin;
}

size_t ademamix_team_free_count(void) {
  size_t count = 0;
  for (size_t i = 0; i < ademamix_team_limit - 1; i++)
    count += atomic_load(&helpers[i].state) == idle;
  return count;
}
