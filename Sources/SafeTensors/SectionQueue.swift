//===--- SectionQueue.swift - a tensor, read on several threads -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Synchronization
internal import ThreadTeam

/// The memory of a tensor, cut into sections that threads take one after the
/// other. A thread that starts late or is interrupted therefore keeps no other
/// thread waiting, and the file is read nearly from start to end.
@safe struct SectionQueue: ~Copyable, @unchecked Sendable {
  /// The number of bytes of a section: as many as in a large page, so that
  /// threads seldom touch the same fresh page, and so few that the threads end
  /// at the same time.
  static let sectionByteCount = 2 << 20

  @unsafe private struct Section {
    let memory: UnsafeMutableRawBufferPointer
    let offset: Int
    /// The checksum of the section, or an error, or `nil` before the section is
    /// read.
    var outcome: Result<CRC32C, SafeTensorsError>?
  }

  /// The sections. Only the thread that takes a section touches that section.
  private let sections: UnsafeMutableBufferPointer<Section>
  /// The index of the first section that no thread has taken.
  private let next = Atomic(0)

  /// Cuts pieces of memory into sections. The pieces do not overlap. The
  /// contents of the pieces lie one behind the other in a file, from `offset`
  /// on.
  init(_ pieces: [UnsafeMutableRawBufferPointer], at offset: Int) {
    var offset = offset
    var list: [Section] = unsafe []
    for index in unsafe pieces.indices {
      var rest = unsafe pieces[index][...]
      while unsafe !rest.isEmpty {
        let memory = unsafe UnsafeMutableRawBufferPointer(
          rebasing: rest.prefix(Self.sectionByteCount))
        unsafe list.append(Section(memory: memory, offset: offset))
        offset += memory.count
        unsafe rest = rest.dropFirst(memory.count)
      }
    }
    unsafe sections = .allocate(capacity: list.count)
    unsafe _ = sections.initialize(fromContentsOf: list)
  }

  deinit {
    unsafe sections.deinitialize()
    unsafe sections.deallocate()
  }

  /// Reads all sections, until one cannot be read.
  func work(
    threads: Int,
    _ read:
      @Sendable (UnsafeMutableRawBufferPointer, _ offset: Int)
      throws(SafeTensorsError) -> CRC32C
  ) {
    let threads = unsafe min(threads, sections.count)
    guard threads > 1 else { return unsafe takeAll(read) }
    // Each part takes sections until none is left, so that the file is read in
    // its order.
    ThreadTeam.run(parts: threads, workers: threads) { _, _ in
      unsafe takeAll(read)
    }
  }

  private func takeAll(
    _ read: (UnsafeMutableRawBufferPointer, _ offset: Int)
      throws(SafeTensorsError) -> CRC32C
  ) {
    while true {
      let index = next.add(1, ordering: .relaxed).oldValue
      guard unsafe index < sections.count else { return }
      let section = unsafe sections[index]
      do throws(SafeTensorsError) {
        unsafe sections[index].outcome = .success(
          try read(section.memory, section.offset))
      } catch {
        unsafe sections[index].outcome = .failure(error)
        next.store(unsafe sections.count, ordering: .relaxed)
      }
    }
  }

  /// The checksum of all sections.
  ///
  /// - Throws: The error of the first section in the file that could not be
  ///   read. That error is always found: all sections before a section that was
  ///   taken were taken too.
  func checksum() throws(SafeTensorsError) -> CRC32C {
    var checksum = CRC32C()
    for index in unsafe sections.indices {
      if let next = try unsafe sections[index].outcome?.get() {
        checksum.update(next, byteCount: unsafe sections[index].memory.count)
      }
    }
    return checksum
  }
}
