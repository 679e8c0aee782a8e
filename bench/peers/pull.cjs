// Replicate once: node pull.cjs FOLDER URL; prints how many documents are there.
const PouchDB = require("pouchdb");

const [, , folder, url] = process.argv;

async function main() {
  const Database = PouchDB.defaults({ prefix: folder + "/" });
  const copy = new Database("copy");
  await copy.replicate.from(url, { batch_size: 1000, batches_limit: 10 });
  console.log(JSON.stringify({ records: (await copy.info()).doc_count }));
  await copy.close();
  process.exit(0); // replication leaves timers behind
}

main();
