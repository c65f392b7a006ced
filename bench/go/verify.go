// Verifies a log with Go's own packages for transparency logs, as a measure to compare with: every line is hashed into a tree
// (golang.org/x/mod/sumdb/tlog), and the tree's root must be the one that the newest checkpoint signs (golang.org/x/mod/sumdb/note).
//
//	verify VKEY CHECKPOINT LOG…
//
// The logs are the segments in order, plain. Prints {"lines","bytes","seconds"}. It checks less than this project's verifier does: not the
// lines' JSON, and only one checkpoint.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// hashes holds the stored hashes of a growing tree, by their index.
type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(h)) {
			return nil, fmt.Errorf("no hash %d", index)
		}
		out[i] = h[index]
	}
	return out, nil
}

// openCheckpoint returns the size and root that the newest checkpoint signs.
func openCheckpoint(vkey, path string) (int64, tlog.Hash, error) {
	var root tlog.Hash
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, root, err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return 0, root, err
	}
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return 0, root, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 3 {
		return 0, root, errors.New("not a checkpoint")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return 0, root, err
	}
	raw, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || copy(root[:], raw) != tlog.HashSize {
		return 0, root, errors.New("not a root hash")
	}
	return size, root, nil
}

// appendLines hashes the lines of one segment into the tree, up to its size, and returns the bytes read.
func appendLines(path string, size int64, next *int64, stored *hashes) (int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	reader := bufio.NewReaderSize(file, 1<<20)
	var read int64
	for *next < size {
		line, err := reader.ReadSlice('\n')
		if err == io.EOF {
			return read, nil
		}
		if err != nil {
			return read, err
		}
		read += int64(len(line))
		added, err := tlog.StoredHashes(*next, bytes.TrimSuffix(line, []byte{'\n'}), *stored)
		if err != nil {
			return read, err
		}
		*stored = append(*stored, added...)
		*next++
	}
	return read, nil
}

func verify(vkey, checkpoint string, logs []string) error {
	start := time.Now()
	size, root, err := openCheckpoint(vkey, checkpoint)
	if err != nil {
		return err
	}
	var stored hashes
	var next, read int64
	for _, path := range logs {
		count, err := appendLines(path, size, &next, &stored)
		if err != nil {
			return err
		}
		read += count
	}
	computed, err := tlog.TreeHash(size, stored)
	if err != nil {
		return err
	}
	if computed != root {
		return fmt.Errorf("root mismatch at size %d: computed %v, signed %v", size, computed, root)
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"lines": float64(next), "bytes": float64(read), "seconds": time.Since(start).Seconds(),
	})
}

func main() {
	log.SetFlags(0)
	if len(os.Args) < 4 {
		log.Fatal("usage: verify VKEY CHECKPOINT LOG…")
	}
	if err := verify(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		log.Fatal(err)
	}
}
