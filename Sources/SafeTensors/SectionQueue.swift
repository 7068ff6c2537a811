//===--- SectionQueue.swift - a tensor, read on several threads -----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Dispatch
internal import Synchronization

/// The memory of a tensor, cut into sections. Whoever has time takes the next,
/// so that a thread that starts late or is interrupted keeps none waiting, and
/// the file is read nearly from start to end.
@safe struct SectionQueue: ~Copyable, @unchecked Sendable {
  /// Large enough that threads seldom touch the same fresh page, which may have
  /// 2 MiB, and small enough that they end at the same time.
  static let sectionByteCount = 2 << 20

  @unsafe private struct Section {
    let memory: UnsafeMutableRawBufferPointer
    let offset: Int
    /// `nil` until it was taken and read.
    var outcome: Result<CRC32C, SafeTensorsError>?
  }

  /// Whoever takes a section is the only one to touch it.
  private let sections: UnsafeMutableBufferPointer<Section>
  /// The first section that was not taken.
  private let next = Atomic(0)

  /// Pieces that lie one behind the other in a file, from `offset` on, and do
  /// not overlap in memory.
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

  /// Reads all sections, or stops where one cannot be read.
  func work(
    threads: Int,
    _ read:
      @Sendable (UnsafeMutableRawBufferPointer, _ offset: Int)
      throws(SafeTensorsError) -> CRC32C
  ) {
    let threads = unsafe min(threads, sections.count)
    guard threads > 1 else { return unsafe takeAll(read) }
    // No more threads than processors, and the caller's is one of them.
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
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
  /// - Throws: What a section threw: of several the first in the file, since all
  ///   sections before one that was taken were taken too.
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
