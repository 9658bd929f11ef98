// Package duobot makes sure that the human behind an account meant this very landing: it asks their phone
// through Duo, remembers what the answer was bound to, and judges confirmations and commit signatures.
package duobot
