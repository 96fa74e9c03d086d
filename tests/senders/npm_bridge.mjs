// The senders' own npm libraries behind one door: a JSON list of jobs on standard input, a list of answers on standard
// output. `sign` answers with the headers the sender would send, `verify` with true or false.
import { text } from "node:stream/consumers";

import { Signature } from "@hubspot/api-client";
import { signWebhookPayload, verifyWebhookSignature } from "@notionhq/client";
import { sign, verify } from "@octokit/webhooks-methods";
import "@shopify/shopify-api/adapters/node";
import { ApiVersion, LogSeverity, shopifyApi } from "@shopify/shopify-api";

const hubspot = (version) => {
  const options = ({ method, url, body, secret }, timestamp) => ({
    method,
    url,
    timestamp,
    signatureVersion: version,
    clientSecret: secret,
    requestBody: body,
  });
  const name = version === "v3" ? "x-hubspot-signature-v3" : "x-hubspot-signature";
  return {
    sign: (job) => {
      const now = Date.now();
      const signature = Signature.getSignature(job.method, version, options(job, now));
      return version === "v3"
        ? { [name]: signature, "x-hubspot-request-timestamp": String(now) }
        : { [name]: signature, "x-hubspot-signature-version": version };
    },
    verify: (job) => {
      const stamp = Number(job.headers["x-hubspot-request-timestamp"]);
      return Signature.isValid({ ...options(job, stamp), signature: job.headers[name] });
    },
  };
};

const shop = (secret) =>
  shopifyApi({
    apiKey: "key",
    apiSecretKey: secret,
    apiVersion: ApiVersion.April26,
    hostName: "gate.example.com",
    isEmbeddedApp: false,
    logger: { level: LogSeverity.Error },
  });

// Shopify's library reads a request of Node's, whose header names come in pairs with their values.
const incoming = (job) => ({
  method: job.method,
  url: new URL(job.url).pathname,
  headers: job.headers,
  rawHeaders: Object.entries(job.headers).flat(),
});

const LIBRARIES = {
  "@octokit/webhooks-methods": {
    sign: async ({ secret, body }) => ({ "x-hub-signature-256": await sign(secret, body) }),
    verify: ({ secret, body, headers }) => verify(secret, body, headers["x-hub-signature-256"]),
  },
  "@notionhq/client": {
    sign: async ({ secret, body }) => ({
      "x-notion-signature": await signWebhookPayload({ body, verificationToken: secret }),
    }),
    verify: ({ secret, body, headers }) =>
      verifyWebhookSignature({ body, signature: headers["x-notion-signature"], verificationToken: secret }),
  },
  "@shopify/shopify-api": {
    verify: async (job) => {
      const found = await shop(job.secret).webhooks.validate({ rawBody: job.body, rawRequest: incoming(job) });
      if (!found.valid && found.reason === "missing_headers") throw new Error(`no ${found.missingHeaders}`);
      return found.valid;
    },
  },
  "@hubspot/api-client, v1": hubspot("v1"),
  "@hubspot/api-client, v2": hubspot("v2"),
  "@hubspot/api-client, v3": hubspot("v3"),
};

const answers = [];
for (const job of JSON.parse(await text(process.stdin))) {
  answers.push(await LIBRARIES[job.library][job.act](job));
}
process.stdout.write(JSON.stringify(answers));
