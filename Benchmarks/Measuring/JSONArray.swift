//===--- JSONArray.swift - objects of several types -----------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Objects of several types, as one array.
struct JSONArray: Encodable {
  var objects: [any Encodable] = []

  func encode(to encoder: any Encoder) throws {
    var array = encoder.unkeyedContainer()
    for object in objects { try array.encode(object) }
  }
}
