// A database of records behind HTTP: node serve.cjs FOLDER FILE; prints the port. leveldb on disk, as PouchDB does by default.
const fs = require("fs");
const PouchDB = require("pouchdb");
const express = require("express");

const [, , folder, file] = process.argv;
const Database = PouchDB.defaults({ prefix: folder + "/" });

async function main() {
  const records = new Database("records");
  const lines = fs.readFileSync(file, "utf8").trim().split("\n");
  for (let begin = 0; begin < lines.length; begin += 1000) {
    const part = lines.slice(begin, begin + 1000).map((line) => JSON.parse(line));
    await records.bulkDocs(part.map((record) => ({ _id: record.id, record })));
  }
  const app = express();
  const options = { mode: "minimumForPouchDB", logPath: folder + "/log.txt", configPath: folder + "/config.json" };
  app.use("/", require("express-pouchdb")(Database, options));
  const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
}

main();
