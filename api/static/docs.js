// Shows /openapi.json as a page. Everything is written with textContent, nothing comes from outside.
"use strict";

const methods = ["get", "post", "put", "patch", "delete"];

function element(tag, text, ...children) {
  const e = document.createElement(tag);
  if (text) e.textContent = text;
  e.append(...children.filter(Boolean));
  return e;
}

// shape prints a schema as an indented outline.
function shape(spec, schema, depth, seen) {
  if (!schema) return "";
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop();
    if (seen.includes(name)) return name;
    return shape(spec, spec.components.schemas[name], depth, [...seen, name]);
  }
  const pad = "  ".repeat(depth + 1);
  const type = [].concat(schema.type || "any").join(" | ");
  if (schema.properties) {
    const required = schema.required || [];
    const lines = Object.entries(schema.properties).map(([key, value]) =>
      `${pad}${key}${required.includes(key) ? "" : "?"}: ${shape(spec, value, depth + 1, seen)}${value.description ? "  // " + value.description : ""}`);
    return `{\n${lines.join("\n")}\n${"  ".repeat(depth)}}`;
  }
  if (schema.items) return `[ ${shape(spec, schema.items, depth, seen)} ]`;
  if (schema.enum) return schema.enum.map((v) => JSON.stringify(v)).join(" | ");
  return schema.format ? `${type} (${schema.format})` : type;
}

function contents(spec, title, content) {
  const entries = Object.entries(content || {});
  if (!entries.length) return null;
  const box = element("section", "");
  for (const [media, value] of entries) {
    box.append(element("p", `${title} · ${media}`), element("pre", shape(spec, value.schema, 0, [])));
  }
  return box;
}

function parameters(list) {
  if (!list || !list.length) return null;
  const table = element("table");
  for (const p of list) {
    table.append(element("tr", "", element("td", "", element("code", p.name)), element("td", p.in + (p.required ? " *" : "")), element("td", p.description || "")));
  }
  return table;
}

function operation(spec, method, path, op) {
  const body = element("div", "");
  if (op.description) body.append(element("p", op.description));
  const table = parameters(op.parameters);
  if (table) body.append(table);
  const request = op.requestBody && contents(spec, "请求", op.requestBody.content);
  if (request) body.append(request);
  for (const [status, response] of Object.entries(op.responses || {})) {
    if (!status.startsWith("2")) continue;
    body.append(contents(spec, "回答 " + status, response.content) || element("p", "回答 " + status));
  }
  const box = element("details", "", element("summary", "", element("b", method.toUpperCase()), element("code", path), op.summary || ""), body);
  box.dataset.text = `${method} ${path} ${op.summary || ""}`.toLowerCase();
  return box;
}

function show(spec) {
  document.getElementById("title").textContent = `${spec.info.title} ${spec.info.version}`;
  document.getElementById("about").textContent = spec.info.description || "";
  const groups = new Map();
  for (const [path, item] of Object.entries(spec.paths)) {
    for (const method of methods) {
      if (!item[method]) continue;
      const tag = (item[method].tags || ["other"])[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operation(spec, method, path, item[method]));
    }
  }
  const target = document.getElementById("operations");
  target.replaceChildren();
  for (const [tag, list] of groups) target.append(element("section", "", element("h2", tag), ...list));
}

document.getElementById("filter").addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const box of document.querySelectorAll("details")) {
    box.hidden = !words.every((word) => box.dataset.text.includes(word));
  }
});

fetch("/openapi.json")
  .then((response) => response.json())
  .then(show)
  .catch(() => { document.getElementById("operations").textContent = "无法读取 /openapi.json。"; });
