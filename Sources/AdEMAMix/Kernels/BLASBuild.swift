//===--- BLASBuild.swift - the OpenBLAS that this process computes with ---===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import COpenBLAS

/// A build of OpenBLAS. The last bits of the `blas` engine depend on it:
/// OpenBLAS has kernels for each kind of processor, and each version may change
/// them.
package struct BLASBuild: Sendable, Hashable {
  /// The kind of processor whose kernels run, such as `SkylakeX`.
  package let core: String
  /// The version of OpenBLAS, such as `0.3.21`.
  package let version: String

  package init(core: String, version: String) {
    self.core = core
    self.version = version
  }

  /// The build that this process computes with.
  package static let current = {
    // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH …"
    let words = unsafe String(cString: openblas_get_config()).split(
      separator: " ")
    let core = unsafe String(cString: openblas_get_corename())
    return BLASBuild(
      core: core, version: words.count > 1 ? String(words[1]) : "unknown")
  }()
}

extension BLASBuild: CustomStringConvertible {
  package var description: String { "OpenBLAS \(version) on \(core)" }
}
