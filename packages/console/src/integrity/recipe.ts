// How to check a proof without this page: commands for three files that the reader saves. docs/verify-without-us.md explains each step.

/** Names of the files, as `agent-audit prove` writes them. */
export const proofFileNames = { line: 'event.json', proof: 'event.tlog-proof', key: 'log.vkey' } as const;

/** With agent-audit's command line, offline. */
export function cliRecipe(vkey: string): string {
  return `agent-audit verify --proof . --key '${vkey.replaceAll("'", String.raw`'\''`)}'`;
}

/** The signature of the checkpoint and the leaf of the line, with a shell and OpenSSL. */
export const opensslRecipe = `# the key, as OpenSSL wants it (RFC 8410)
cut -d+ -f3- log.vkey | base64 -d | tail -c 32 > log.key
{ echo '-----BEGIN PUBLIC KEY-----'
  { printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'; cat log.key; } | base64
  echo '-----END PUBLIC KEY-----'; } > log.pem
# the checkpoint: three lines behind the first blank one, and the log's signature below them
sed '1,/^$/d' event.tlog-proof | sed '/^$/,$d' > checkpoint
grep -F "— $(cut -d+ -f1 log.vkey) " event.tlog-proof | head -1 | cut -d' ' -f3 | base64 -d | tail -c 64 > signature
openssl pkeyutl -verify -pubin -inkey log.pem -rawin -in checkpoint -sigfile signature
# the leaf: SHA-256 of a zero byte and the line
{ printf '\\000'; cat event.json; } | sha256sum`;

/** The whole proof, with the packages that Go uses for its own checksum database. */
export const goRecipe = `verifier, _ := note.NewVerifier(vkey)                                // golang.org/x/mod/sumdb/note
opened, err := note.Open(checkpoint, note.VerifierList(verifier))     // the signature of the checkpoint
err = tlog.CheckRecord(proof, size, root, index, tlog.RecordHash(event)) // golang.org/x/mod/sumdb/tlog`;
