package privacy

import "crypto/cipher"

// ciphers are those of one purpose, the current one first and then from newer
// to older. There is always one.
type ciphers []cipher.AEAD

// seal encrypts with the current one.
func (c ciphers) seal(plaintext, additional []byte) []byte {
	return seal(c[0], nil, plaintext, additional)
}

// open tries the one at guess, which may have opened something before, and
// then all. It returns the plaintext and which one opened it, or ErrSealed.
func (c ciphers) open(sealed, additional []byte, guess int) ([]byte, int, error) {
	plaintext, err := open(c[guess], sealed, additional)
	if err == nil {
		return plaintext, guess, nil
	}
	for i, aead := range c {
		if i == guess {
			continue
		}
		if plaintext, err := open(aead, sealed, additional); err == nil {
			return plaintext, i, nil
		}
	}
	return nil, 0, err
}
