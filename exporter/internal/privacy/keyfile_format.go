package privacy

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A key file has one line for its identity seed, the tag and the seed in
// base64, and one more for each time that the seed that wraps was replaced:
//
//	helpdesk-exporter-key-v1 <seed>
//	helpdesk-exporter-wrap-v1 <created, RFC 3339> <seed>
//
// The first line's tag is identityTag when its seed only hashes any more. A
// program that knows only files of one line refuses the others: it takes the
// second line for a part of the seed that is no base64.
const (
	keyFileTag  = "helpdesk-exporter-key-v1"
	identityTag = "helpdesk-exporter-identity-v1"
	wrapTag     = "helpdesk-exporter-wrap-v1"
)

const (
	// maxSeeds bounds how often a key file can be rotated before old seeds have
	// to be retired: each of them may have to be tried for what cannot be opened.
	maxSeeds = 32
	// maxKeyFile has room for them, and bounds what is read when the path names
	// something else.
	maxKeyFile = 8192
)

// keyFile is what a key file holds.
type keyFile struct {
	identity [KeySize]byte
	// identityWraps: the identity seed is the oldest of those that wrap.
	identityWraps bool
	wraps         []wrapSeed
}

// wrapSeed is a seed that took the place of the one before it.
type wrapSeed struct {
	created time.Time
	seed    [KeySize]byte
}

// seeds are those that wrap, the oldest first.
func (f keyFile) seeds() [][KeySize]byte {
	var list [][KeySize]byte
	if f.identityWraps {
		list = append(list, f.identity)
	}
	for _, w := range f.wraps {
		list = append(list, w.seed)
	}
	return list
}

func (f keyFile) master() *Master { return newMaster(f.identity, f.seeds()...) }

// appendKeyFile writes the text of a key file.
func appendKeyFile(dst []byte, f keyFile) []byte {
	tag := keyFileTag
	if !f.identityWraps {
		tag = identityTag
	}
	dst = fmt.Appendf(dst, "%s %s\n", tag, base64.StdEncoding.EncodeToString(f.identity[:]))
	for _, w := range f.wraps {
		dst = fmt.Appendf(dst, "%s %s %s\n", wrapTag, w.created.UTC().Format(time.RFC3339), base64.StdEncoding.EncodeToString(w.seed[:]))
	}
	return dst
}

// parseKeyFile reads the text of a key file. Its errors never quote the text.
func parseKeyFile(text []byte) (keyFile, error) {
	if len(text) > maxKeyFile {
		return keyFile{}, fmt.Errorf("holds more than %d bytes, and a key file is a few lines of base64; restore it from a backup, or name another path", maxKeyFile)
	}
	// A file of version 1 is read as it always was.
	seed, err := parseKey(text)
	if err == nil {
		return keyFile{identity: seed, identityWraps: true}, nil
	}
	lines := strings.Split(string(bytes.TrimSpace(text)), "\n")
	retired := strings.HasPrefix(lines[0], identityTag+" ")
	if !retired && len(lines) == 1 {
		return keyFile{}, err
	}
	f := keyFile{identityWraps: !retired}
	first := strings.TrimSuffix(lines[0], "\r")
	if retired {
		if len(lines) == 1 {
			return keyFile{}, fmt.Errorf("has no line %q, and the key that it has wraps nothing any more; restore it from a backup", wrapTag)
		}
		first = keyFileTag + strings.TrimPrefix(first, identityTag)
	}
	if f.identity, err = parseKey([]byte(first)); err != nil {
		return keyFile{}, fmt.Errorf("in line 1 %w", err)
	}
	for i, line := range lines[1:] {
		w, err := parseWrapSeed(strings.TrimSuffix(line, "\r"))
		if err != nil {
			return keyFile{}, fmt.Errorf("in line %d %w", i+2, err)
		}
		f.wraps = append(f.wraps, w)
	}
	if len(f.seeds()) > maxSeeds {
		return keyFile{}, fmt.Errorf("holds more than %d keys; restore it from a backup", maxSeeds)
	}
	return f, nil
}

// parseKey reads a file of version 1, or the first line of another.
func parseKey(text []byte) (seed [KeySize]byte, err error) {
	tag, value, ok := strings.Cut(string(bytes.TrimSpace(text)), " ")
	if !ok || tag != keyFileTag {
		return seed, fmt.Errorf("does not start with %q and a space; restore it from a backup, or name another path", keyFileTag)
	}
	return parseSeed(value)
}

func parseWrapSeed(line string) (w wrapSeed, err error) {
	parts := strings.Split(line, " ")
	if len(parts) != 3 || parts[0] != wrapTag {
		return w, fmt.Errorf("is not %q, a time and a key in base64; restore it from a backup", wrapTag)
	}
	if w.created, err = time.Parse(time.RFC3339, parts[1]); err != nil {
		return w, errors.New("has a time that cannot be read; restore it from a backup")
	}
	w.seed, err = parseSeed(parts[2])
	return w, err
}

func parseSeed(value string) (seed [KeySize]byte, err error) {
	b, err := base64.StdEncoding.Strict().DecodeString(value)
	if err != nil {
		return seed, errors.New("does not hold one line of base64; restore it from a backup")
	}
	if len(b) != KeySize {
		return seed, fmt.Errorf("holds a key of %d bytes, not %d; restore it from a backup", len(b), KeySize)
	}
	return [KeySize]byte(b), nil
}
