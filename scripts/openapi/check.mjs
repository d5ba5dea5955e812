// check.mjs DOCUMENT [RECORDED]: is it a valid OpenAPI 3.1 document, are its examples what its schemas say, and are recorded requests and
// answers (one JSON object a line: method, path, status, request, answer) what it says? Exits with 1 and names what is not.
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const [file, recorded] = process.argv.slice(2);
const document = JSON.parse(readFileSync(file, 'utf8'));
const wrong = [];

const result = await new Validator().validate(structuredClone(document));
if (!result.valid) wrong.push(`${file} is no OpenAPI document: ${JSON.stringify(result.errors).slice(0, 2000)}`);

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
for (const [name, kind] of [['uint8', 'number'], ['uint16', 'number'], ['uint32', 'number'], ['uint64', 'number'], ['uint', 'number'], ['int32', 'number'], ['int64', 'number'], ['double', 'number'], ['float', 'number']]) {
  ajv.addFormat(name, { type: kind, validate: () => true });
}
ajv.addSchema({ $id: 'api', components: document.components });
// References within the document are references to it as a whole.
const absolute = (value) => Array.isArray(value) ? value.map(absolute)
  : value && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, key === '$ref' && typeof one === 'string' && one.startsWith('#') ? `api${one}` : absolute(one)]))
  : value;
const compiled = new Map();
function holds(where, schema, value) {
  const key = JSON.stringify(schema);
  if (!compiled.has(key)) compiled.set(key, ajv.compile(absolute(schema)));
  const check = compiled.get(key);
  if (!check(value)) wrong.push(`${where}: ${ajv.errorsText(check.errors, { separator: '; ' }).slice(0, 1000)}\n  ${JSON.stringify(value).slice(0, 600)}`);
}

const json = (content) => content?.['application/json'];
let examples = 0;
const operations = [];
for (const [path, methods] of Object.entries(document.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    operations.push({ method: method.toUpperCase(), path, operation, fits: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`) });
    const body = json(operation.requestBody?.content);
    if (body?.example !== undefined) {
      examples += 1;
      holds(`the example of ${method} ${path}`, body.schema, body.example);
    }
  }
}

// An address with a word beats one whose part varies.
const find = (method, path) => operations.filter((one) => one.method === method && one.fits.test(path)).sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
let requests = 0;
const seen = new Set();
for (const line of recorded ? readFileSync(recorded, 'utf8').split('\n').filter(Boolean) : []) {
  const { method, path, status, request, answer } = JSON.parse(line);
  const bare = path.split('?')[0];
  const found = find(method, bare);
  if (!found) { wrong.push(`${method} ${bare} is not in the document`); continue; }
  requests += 1;
  seen.add(`${method} ${found.path}`);
  const where = `${method} ${found.path}`;
  const body = json(found.operation.requestBody?.content);
  if (body && method !== 'GET' && status !== 422) holds(`a request of ${where}`, body.schema, request);
  let response = found.operation.responses[String(status)];
  if (!response) { wrong.push(`${where} answers ${status}, which the document does not say`); continue; }
  if (response.$ref) response = document.components.responses[response.$ref.split('/').pop()];
  const said = json(response.content) ?? response.content['application/problem+json'];
  holds(`an answer ${status} of ${where}`, said.schema, answer);
  for (const one of found.operation.parameters ?? []) {
    if (one.in === 'query' && one.required && !new URLSearchParams(path.split('?')[1] ?? '').has(one.name)) wrong.push(`${where} was asked without ${one.name}`);
  }
}
if (recorded && requests < 20) wrong.push(`only ${requests} requests were recorded`);

if (wrong.length) {
  console.error(wrong.slice(0, 40).join('\n'));
  console.error(`openapi: ${wrong.length} things are not as the document says`);
  process.exit(1);
}
console.log(`openapi: ${file} is valid; ${operations.length} operations, ${examples} examples` + (recorded ? `, ${requests} recorded requests to ${seen.size} of them, with their answers` : ''));
