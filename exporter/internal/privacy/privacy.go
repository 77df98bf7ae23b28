// Package privacy turns people into keyed hashes and seals what they wrote.
//
// A Master comes from the key file and hashes contacts. A Keyring holds one
// sealing key a contact; keys are made on first use and stand, wrapped by the
// master, in the keys log before any record that uses them is written.
package privacy
