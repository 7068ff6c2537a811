//===--- SafeTensorsReader+Metadata.swift - metadata as a dictionary ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension Metadata {
  /// The most combining marks on one letter of a key: the limit of Unicode's
  /// stream-safe text format. A dictionary compares keys in a time quadratic in
  /// the number of marks on a letter.
  private static let markLimit = 30

  /// The same texts as a dictionary.
  ///
  /// - Throws: ``SafeTensorsFault/duplicateMetadataKey(_:)`` for two keys that
  ///   Unicode considers equal, and
  ///   ``SafeTensorsFault/combiningMarks(key:limit:)``.
  /// - Complexity: O(*n*) for *n* bytes.
  package func dictionary() throws(SafeTensorsFault) -> [String: String] {
    var dictionary: [String: String] = [:]
    for (key, value) in self {
      guard key.mostMarks <= Self.markLimit else {
        throw .combiningMarks(key: key, limit: Self.markLimit)
      }
      guard dictionary.updateValue(value, forKey: key) == nil else {
        throw .duplicateMetadataKey(key)
      }
    }
    return dictionary
  }
}

extension SafeTensorsReader {
  /// The texts whose keys satisfy a condition, as a dictionary.
  ///
  /// - Throws: The errors of ``Metadata/dictionary()``.
  package func metadataDictionary(
    where isIncluded: (_ key: String) -> Bool
  ) throws(SafeTensorsError) -> [String: String] {
    let included = metadata.filter(isIncluded)
    return try SafeTensorsError.wrapping(path) {
      () throws(SafeTensorsFault) in try included.dictionary()
    }
  }
}

extension String {
  /// The most combining marks that follow each other.
  fileprivate var mostMarks: Int {
    var most = 0
    var count = 0
    for scalar in unicodeScalars {
      count =
        scalar.properties.canonicalCombiningClass == .notReordered
        ? 0 : count + 1
      most = max(most, count)
    }
    return most
  }
}
