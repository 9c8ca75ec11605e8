// Fills the same form with docxtemplater and prints CPU milliseconds per form,
// one line of JSON. Arguments: template, data file, output file, rounds, forms per round.
import { readFileSync, writeFileSync } from "node:fs";
import Docxtemplater from "docxtemplater";
import PizZip from "pizzip";

const [template, dataFile, output, rounds, perRound] = process.argv.slice(2);
const content = readFileSync(template);
const data = JSON.parse(readFileSync(dataFile, "utf8"));

// Normal use, as its documentation shows: the template is read and parsed for
// every document, because a rendered instance cannot be used again.
function fill() {
  const doc = new Docxtemplater(new PizZip(content), { linebreaks: true, paragraphLoop: true });
  doc.render(data);
  return doc.getZip().generate({ type: "nodebuffer", compression: "DEFLATE" });
}

const perForm = [];
for (let round = 0; round < Number(rounds) + 2; round++) {
  const before = process.cpuUsage();
  let last;
  for (let i = 0; i < Number(perRound); i++) last = fill();
  const spent = process.cpuUsage(before);
  // The first two rounds warm the compiler up.
  if (round >= 2) perForm.push((spent.user + spent.system) / 1000 / Number(perRound));
  if (round === 0) writeFileSync(output, last);
}
console.log(JSON.stringify(perForm));
