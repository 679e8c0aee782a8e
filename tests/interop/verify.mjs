// Verifies what a node signs with libraries that know nothing of Entrepot, without any network.
//
// Reads one JSON document from standard input and writes one to standard output:
//
//   {"credentials": {"didDocument", "context", "now", "records": [text, …]}}
//       → [{"verified": true, "expanded": …} | {"verified": false, "reason": …}, …]
//   {"keyLogs": [text, …]}
//       → [{"did", "versionId", "document", "parallel"} | {"refused": …}, …]

import {verify as verifyBytes, createPublicKey} from 'node:crypto';
import {readFileSync} from 'node:fs';

import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {createVerifyCryptosuite} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {defaultDocumentLoader, verifyCredential} from '@digitalbazaar/vc';
import {generateParallelDidWeb, resolveDIDFromLog} from 'didwebvh-ts';
import jsonld from 'jsonld';
import jsigs from 'jsonld-signatures';

import {refuseNetwork} from './offline.mjs';

const CREDENTIALS_V2 = 'https://www.w3.org/ns/credentials/v2';
const ENTREPOT_V1 = 'https://w3id.org/entrepot/ns/v1';
// A multikey method inside of a DID document carries no context of its own; the library wants one.
const MULTIKEY_V1 = 'https://w3id.org/security/multikey/v1';
const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex');

/** Answers what the node publishes under these names, and the W3C contexts that the libraries carry. */
function documentLoader({didDocument, context}) {
  const documents = new Map([[ENTREPOT_V1, context], [didDocument.id, didDocument]]);
  for(const method of didDocument.verificationMethod) {
    documents.set(method.id, {'@context': MULTIKEY_V1, ...method});
  }
  const loader = async url => {
    if(documents.has(url)) {
      return {contextUrl: null, documentUrl: url, document: structuredClone(documents.get(url))};
    }
    if(url === CREDENTIALS_V2) {
      return defaultDocumentLoader(url);
    }
    throw new Error(`nothing but the node's own documents is loaded, not ${url}`);
  };
  return jsigs.extendContextLoader(loader);
}

async function checkCredential(raw, loader, now) {
  let credential;
  try {
    credential = JSON.parse(raw);
  } catch(error) {
    return {verified: false, reason: `no JSON: ${error.message}`};
  }
  const suite = new DataIntegrityProof({cryptosuite: createVerifyCryptosuite()});
  const result = await verifyCredential({
    credential: structuredClone(credential), suite, documentLoader: loader, now: new Date(now)
  });
  if(!result.verified) {
    return {verified: false, reason: reasons(result.error).join('; ')};
  }
  // `safe` refuses every member that the contexts do not define.
  const expanded = await jsonld.expand(credential, {documentLoader: loader, safe: true});
  return {verified: true, expanded};
}

function reasons(error) {
  return (error.errors ?? [error]).map(cause => `${cause.name}: ${cause.message}`);
}

async function resolveKeyLog(text) {
  const verifier = {
    verify: async (signature, message, publicKey) => {
      const der = Buffer.concat([SPKI_ED25519, publicKey]);
      const key = createPublicKey({key: der, format: 'der', type: 'spki'});
      return verifyBytes(null, message, key, signature);
    }
  };
  try {
    const log = text.trimEnd().split('\n').map(line => JSON.parse(line));
    const {did, doc, meta} = await resolveDIDFromLog(log, {verifier});
    if(meta.error) {
      const detail = meta.problemDetails?.detail ?? '';
      return {refused: `${meta.error} at ${meta.versionId}: ${detail}`};
    }
    // From the state in the log, as this library makes it when it writes one: `doc` has implicit services already.
    const parallel = generateParallelDidWeb(did, log.at(-1).state);
    const {versionId, prerotation, portable} = meta;
    return {did, versionId, prerotation, portable, document: doc, parallel};
  } catch(error) {
    return {refused: error.message};
  }
}

refuseNetwork();
const request = JSON.parse(readFileSync(0, 'utf8'));
let answer;
if(request.credentials) {
  const loader = documentLoader(request.credentials);
  const {records, now} = request.credentials;
  answer = await Promise.all(records.map(raw => checkCredential(raw, loader, now)));
} else {
  answer = await Promise.all(request.keyLogs.map(resolveKeyLog));
}
process.stdout.write(JSON.stringify(answer) + '\n');
