// Package privacy turns people into keyed hashes and seals what they wrote.
//
// A Master comes from the key file and hashes contacts. A Keyring holds one
// sealing key a contact; keys are made on first use and stand, wrapped by the
// master, in the keys log before any record that uses them is written.
//
// To erase a contact is to delete its keys: Erasures notes it in a file beside
// the key file, Keyring.Erase rewrites the records of the keys log, and Reapply
// does it again after a backup was restored. The seed of the key file that wraps
// and seals can be replaced: RotateKeyFile, Keyring.Rewrap, RetireOldSeeds.
package privacy
