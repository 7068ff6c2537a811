//===--- CThreadTeam.h - threads that share the parts of a call -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef ADEMAMIX_THREAD_TEAM_H
#define ADEMAMIX_THREAD_TEAM_H

#include <stdbool.h>
#include <stddef.h>

/// The most threads that one call runs on.
enum { ademamix_team_limit = 256 };

/// Does one part of a call.
///
/// `worker` is the index of the thread among those of the call, from 0 on, and
/// below the number of workers that the call asks for. No two threads have one
/// index at the same time.
typedef void (*ademamix_team_body)(void *_Nonnull context, size_t part,
                                   size_t worker);

/// Calls `body` once for each part below `part_count`, side by side on the
/// calling thread and on free helpers of the process, and returns after the
/// last part.
///
/// At most `worker_count` threads take part, and at most as many as there are
/// processors that the calling thread may run on. Each part is done, however
/// many helpers there are: the calling thread alone does all of them if it
/// must. A call may be made from any thread, also from a body.
///
/// A process that a body forks must not return from the body.
void ademamix_team_run(size_t part_count, size_t worker_count,
                       ademamix_team_body _Nonnull body,
                       void *_Nonnull context);

/// Whether a call has ended so recently that its helpers still look for
/// another.
bool ademamix_team_is_awake(void);

/// The helpers that are asleep or were never started: all of them, unless a
/// call is under way. For tests.
size_t ademamix_team_free_count(void);

#endif
