import AdEMAMix
struct FixtureSchedule: Decodable {
  let kind: String
  let value: Double?, from: Double?, to: Double?, over: Int?
  var schedule: Schedule {
    switch kind {
    case "constant": .constant(value ?? .nan)
    case "linear": .linear(from: from ?? .nan, to: to ?? .nan, over: over ?? -1)
    case "halfLife": .halfLife(from: from ?? .nan, to: to ?? .nan, over: over ?? -1)
    default: .constant(.nan)
    }
  }
}
