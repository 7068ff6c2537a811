//===--- CRC32CTests.swift - the checksum against published values --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import SafeTensors
import Testing

@Suite struct `A checksum` {
  static let methods = CRC32C.Method.allCases.filter { $0 <= .fastest }

  /// RFC 3720, appendix B.4, and the check value of the algorithm.
  @Test(arguments: methods)
  func `has the published values`(method: CRC32C.Method) {
    func checksum(_ bytes: [UInt8]) -> UInt32 {
      var checksum = CRC32C(method: method)
      unsafe checksum.update(bytes.span.bytes)
      return checksum.value
    }
    #expect(checksum([]) == 0)
    #expect(checksum(Array("123456789".utf8)) == 0xE306_9283)
    #expect(checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(checksum(Array(0..<32)) == 0x46DD_794E)
    #expect(checksum((0..<32).reversed()) == 0x113F_DB5C)
    let command: [UInt8] = [
      0x01, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0,
      0x04, 0, 0, 0, 0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0,
      0, 0, 0, 0, 0, 0,
    ]
    #expect(checksum(command) == 0xD996_3A56)
  }

  @Test func `is the same however it is computed`() {
    let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
    let counts =
      Array(0..<1100) + [
        4095, 6144, 6151, 24_577, 48_127, 48_128, 48_129, 100_003, 199_900,
      ]
    for count in counts {
      let run = bytes[(count % 61)...].prefix(count)
      let values = Self.methods.map { method in
        var checksum = CRC32C(method: method)
        unsafe checksum.update(Array(run).span.bytes)
        return checksum.value
      }
      #expect(Set(values).count == 1, "\(count) bytes")
    }
  }

  @Test(arguments: methods)
  func `takes bytes in pieces`(method: CRC32C.Method) {
    let bytes = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    let expected = unsafe CRC32C.checksum(of: bytes.span.bytes)
    for piece in [1, 7, 8, 255, 4096, 13_000] {
      var checksum = CRC32C(method: method)
      for start in stride(from: 0, to: bytes.count, by: piece) {
        unsafe checksum.update(
          Array(bytes[start..<min(start + piece, bytes.count)]).span.bytes)
      }
      #expect(checksum.value == expected)
    }
  }

  @Test func `of two runs of bytes is that of both in line`() {
    let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 / 3) }
    let whole = unsafe CRC32C.checksum(of: bytes.span.bytes)
    for count in [0, 1, 63, 2500, 4999, 5000] {
      var checksum = CRC32C()
      var next = CRC32C()
      unsafe checksum.update(Array(bytes[..<count]).span.bytes)
      unsafe next.update(Array(bytes[count...]).span.bytes)
      checksum.update(next, byteCount: bytes.count - count)
      #expect(checksum.value == whole)
    }
  }
}
