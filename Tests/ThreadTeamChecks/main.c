//===--- main.c - the thread team in unusual processes --------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
//     ThreadTeamChecks CHECK
//
// Ends with 0 if each part of each call was done once, and says otherwise what
// was not. A check that takes 60 s is ended by an alarm.
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE

#include "CThreadTeam.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// MARK: - Calls

enum { most_parts = 300 };

struct record {
  atomic_int done[most_parts];
  size_t workers;
  atomic_bool is_wrong;
  unsigned microseconds;
};

static void spend(unsigned microseconds) {
  struct timespec start, time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
  do {
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  } while ((time.tv_sec - start.tv_sec) * 1000000 +
               (time.tv_nsec - start.tv_nsec) / 1000 <
           microseconds);
}

static void note(void *context, size_t part, size_t worker) {
  struct record *record = context;
  if (part >= most_parts || worker >= record->workers) {
    atomic_store(&record->is_wrong, true);
    return;
  }
  spend(record->microseconds);
  atomic_fetch_add(&record->done[part], 1);
}

/// Makes a call, and ends the process if a part was not done once.
static void call(size_t parts, size_t workers, unsigned microseconds) {
  struct record record = {.workers = workers, .microseconds = microseconds};
  ademamix_team_run(parts, workers, note, &record);
  for (size_t part = 0; part < most_parts; part++) {
    int done = atomic_load(&record.done[part]);
    if (done != (part < parts) || atomic_load(&record.is_wrong)) {
      fprintf(stderr, "part %zu of %zu was done %d times\n", part, parts, done);
      _exit(1);
    }
  }
}

static void calls(size_t count) {
  for (size_t i = 0; i < count; i++)
    call(1 + (i * 7) % most_parts, 1 + i % 5, i % 3);
}

static void expect(bool isTrue, const char *text) {
  if (isTrue) return;
  fprintf(stderr, "not so: %s\n", text);
  _exit(1);
}

/// Waits for a child, and passes its failure on.
static void wait_for(pid_t child) {
  int status;
  expect(waitpid(child, &status, 0) == child, "a child can be waited for");
  expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a child succeeds");
}

static atomic_int present;

/// Waits a while for the other part, which another thread must do: the first of
/// the two has met it if it begins before the first ends.
static void meet(void *context, size_t part, size_t worker) {
  (void)part;
  (void)worker;
  struct timespec start, time;
  clock_gettime(CLOCK_MONOTONIC, &start);
  bool is_first = atomic_fetch_add(&present, 1) == 0;
  do {
    clock_gettime(CLOCK_MONOTONIC, &time);
  } while (atomic_load(&present) < 2 && time.tv_sec - start.tv_sec < 2);
  if (is_first && atomic_load(&present) == 2) *(atomic_bool *)context = true;
}

/// Whether a helper takes part in one of some calls, if it has a processor.
static bool has_helpers(void) {
  cpu_set_t all;
  sched_getaffinity(0, sizeof(all), &all);
  atomic_bool have_met = CPU_COUNT(&all) < 2;
  for (int i = 0; i < 10 && !have_met; i++) {
    atomic_store(&present, 0);
    ademamix_team_run(2, 2, meet, &have_met);
  }
  return have_met;
}

/// Starts a child that makes calls, on helpers of its own.
static pid_t start_child(void) {
  pid_t child = fork();
  if (child == 0) {
    alarm(60);
    calls(50);
    expect(has_helpers(), "a child has helpers");
    _exit(0);
  }
  return child;
}

// MARK: - Checks

static void fork_after_calls(void) {
  calls(100);
  for (int i = 0; i < 20; i++) {
    pid_t child = start_child();
    calls(50);
    wait_for(child);
  }
}

static atomic_bool has_ended;

static void *call_on(void *unused) {
  (void)unused;
  while (!atomic_load(&has_ended)) calls(50);
  return NULL;
}

static void fork_during_calls(void) {
  pthread_t other;
  pthread_create(&other, NULL, call_on, NULL);
  for (int i = 0; i < 50; i++) {
    pid_t child = start_child();
    wait_for(child);
  }
  atomic_store(&has_ended, true);
  pthread_join(other, NULL);
}

static void bind_to(const cpu_set_t *processors) {
  expect(!sched_setaffinity(0, sizeof(*processors), processors),
         "the process can be bound");
}

static cpu_set_t one_of(const cpu_set_t *processors, int index) {
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int i = 0; i < CPU_SETSIZE; i++)
    if (CPU_ISSET(i, processors) && index-- == 0) CPU_SET(i, &one);
  return one;
}

static void use_one_processor(void) {
  cpu_set_t all, one;
  sched_getaffinity(0, sizeof(all), &all);
  one = one_of(&all, 0);
  bind_to(&one);
  calls(300);
  bind_to(&all);
  calls(300);
}

static void change_processors(void) {
  cpu_set_t all, some;
  sched_getaffinity(0, sizeof(all), &all);
  int count = CPU_COUNT(&all);
  for (int i = 0; i < 300; i++) {
    some = i % 3 ? one_of(&all, i % count) : all;
    bind_to(&some);
    calls(5);
  }
}

static void *move_around(void *argument) {
  pid_t process = *(pid_t *)argument;
  cpu_set_t all, some;
  sched_getaffinity(process, sizeof(all), &all);
  int count = CPU_COUNT(&all);
  for (int i = 0; !atomic_load(&has_ended); i++) {
    some = i % 3 ? one_of(&all, i % count) : all;
    sched_setaffinity(process, sizeof(some), &some);
    usleep(300);
  }
  return NULL;
}

/// Another thread moves the caller to other processors, also during a call.
static void be_moved(void) {
  pid_t process = getpid();
  pthread_t other;
  pthread_create(&other, NULL, move_around, &process);
  for (int i = 0; i < 300; i++) call(64, 4, 20);
  atomic_store(&has_ended, true);
  pthread_join(other, NULL);
}

/// Another process stops this one and lets it go on, at any moment.
static void be_stopped(void) {
  pid_t process = getpid();
  call(64, 4, 20);
  pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < 100; i++) {
      kill(process, SIGSTOP);
      usleep(500);
      kill(process, SIGCONT);
      usleep(1500);
    }
    _exit(0);
  }
  for (int i = 0; i < 400; i++) call(64, 4, 10);
  wait_for(child);
}

/// Other processes keep all processors busy.
static void be_crowded(void) {
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  pid_t children[64];
  int count = processors < 64 ? (int)processors : 64;
  for (int i = 0; i < count; i++) {
    children[i] = fork();
    if (children[i] == 0) {
      alarm(60);
      for (;;) spend(1000);
    }
  }
  for (int i = 0; i < 300; i++) call(64, 4, 20);
  for (int i = 0; i < count; i++) {
    kill(children[i], SIGKILL);
    waitpid(children[i], NULL, 0);
  }
}

static atomic_int handled;

static void handle(int signal) {
  (void)signal;
  atomic_fetch_add(&handled, 1);
}

static void *send_signals(void *argument) {
  for (int i = 0; i < 300; i++) {
    pthread_kill(*(pthread_t *)argument, SIGUSR1);
    kill(getpid(), SIGUSR1);
    usleep(200);
  }
  return NULL;
}

static void get_signals(void) {
  struct sigaction action = {.sa_handler = handle};
  sigaction(SIGUSR1, &action, NULL);
  // The parent may have blocked it.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR1);
  pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
  pthread_t self = pthread_self(), other;
  pthread_create(&other, NULL, send_signals, &self);
  for (int i = 0; i < 300; i++) call(64, 4, 10);
  pthread_join(other, NULL);
  expect(atomic_load(&handled) > 0, "signals arrive");
}

static const struct {
  const char *name;
  void (*run)(void);
} checks[] = {
    {"fork-after-calls", fork_after_calls},
    {"fork-during-calls", fork_during_calls},
    {"one-processor", use_one_processor},
    {"changing-processors", change_processors},
    {"moved-around", be_moved},
    {"stopped", be_stopped},
    {"crowded", be_crowded},
    {"signals", get_signals},
};

int main(int count, char **arguments) {
  alarm(60);
  for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
    if (count != 2 || strcmp(arguments[1], checks[i].name)) continue;
    checks[i].run();
    expect(ademamix_team_free_count() == ademamix_team_limit - 1,
           "all helpers are free in the end");
    return 0;
  }
  fprintf(stderr, "ThreadTeamChecks CHECK\n");
  return 64;
}
