// Judges documents by the bundled schemas with ajv, which knows nothing of Entrepot.
//
// Reads {"<schema name>": {"schema": …, "documents": [text, …]}, …} from standard input and writes
// {"<schema name>": [true | false, …], …} to standard output.

import {readFileSync} from 'node:fs';

import Ajv from 'ajv/dist/2020.js';

import {refuseNetwork} from './offline.mjs';

// Strict in all but one rule: a condition such as {"required": ["email"]} would have to declare `email` once more.
// No format is asserted (PRO-03); patterns get the flag `u`.
const OPTIONS = {strict: true, strictRequired: false, validateFormats: false, unicodeRegExp: true};

refuseNetwork();
const request = JSON.parse(readFileSync(0, 'utf8'));
const answer = {};
for(const [name, {schema, documents}] of Object.entries(request)) {
  const validate = new Ajv.default(OPTIONS).compile(schema);
  answer[name] = documents.map(text => validate(JSON.parse(text)));
}
process.stdout.write(JSON.stringify(answer) + '\n');
