//===--- TensorHistories.swift - tensors that were left alone -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The histories of the tensors that some step of their group has left alone.
/// All other tensors have the history of their group.
package struct TensorHistories: Sendable, Hashable {
  /// A tensor with a history of its own.
  package struct Entry: Sendable, Hashable {
    /// The index of the tensor in the layout.
    package let tensor: Int
    package var history: MomentHistory

    package init(tensor: Int, history: MomentHistory) {
      self.tensor = tensor
      self.history = history
    }
  }

  /// In the order of the tensors.
  package private(set) var entries: [Entry] = []

  /// No tensor was left alone.
  package init() {}

  package var isEmpty: Bool { entries.isEmpty }

  /// The history of a tensor; `nil` where it is that of the group.
  ///
  /// - Complexity: O(log(number of entries)).
  package subscript(tensor: Int) -> MomentHistory? {
    let place = place(of: tensor)
    return has(tensor, at: place) ? entries[place].history : nil
  }

  /// Gives a tensor a history of its own, unless it has one.
  package mutating func split(_ tensor: Int, from group: MomentHistory) {
    let place = place(of: tensor)
    if has(tensor, at: place) { return }
    entries.insert(Entry(tensor: tensor, history: group), at: place)
  }

  /// Changes every history, with the index of its tensor.
  mutating func update(_ body: (Int, inout MomentHistory) -> Void) {
    for index in entries.indices {
      body(entries[index].tensor, &entries[index].history)
    }
  }

  /// Forgets the histories of some tensors, which then have that of their
  /// group.
  mutating func remove(where isForgotten: (Int) -> Bool) {
    entries.removeAll { isForgotten($0.tensor) }
  }

  private func has(_ tensor: Int, at place: Int) -> Bool {
    place < entries.count && entries[place].tensor == tensor
  }

  private func place(of tensor: Int) -> Int {
    entries.partitioningIndex { $0.tensor >= tensor }
  }
}
