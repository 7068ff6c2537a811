//===--- StagingPool.swift - memory for one bucket after another ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
/// Memory for one purpose, such as received gradients, that buckets take and
/// give back for later ones.
struct StagingPool {
  private var free: [Staging] = []
  /// The bytes of all memory, free or not.
  private(set) var byteCount = 0

  /// Memory of at least so many bytes.
  mutating func take(_ count: Int) -> Staging {
    var memory = free.popLast() ?? Staging()
    byteCount -= memory.byteCount
    memory.reserve(count)
    byteCount += memory.byteCount
    return memory
  }

  /// Takes memory back.
  mutating func giveBack(_ memory: Staging?) {
    if let memory { free.append(memory) }
  }

  /// Frees the memory that is free, which nothing may use any more.
  func deallocate() { for memory in free { memory.deallocate() } }
}

#endif
