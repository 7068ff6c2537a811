//===--- StatePlacement.swift - which ranks keep which moments ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
/// The ranks on which a distributed optimizer keeps its moments.
public enum StatePlacement: String, Sendable, Hashable, Codable, CaseIterable {
  /// Each rank keeps the moments of its shard, and makes the step for that
  /// shard: a step sums gradients on their owners, and gathers parameters from
  /// their owners (ZeRO stage 1, Rajbhandari et al., 2020, "ZeRO: Memory
  /// Optimizations Toward Training Trillion Parameter Models").
  case sharded
  /// Each rank keeps all moments, and makes the whole step: each sums a part of
  /// the gradients in `Double`, in the order of the ranks, and gives the sums
  /// to the others. This placement is for models whose step takes little time.
  case replicated
}

#endif
