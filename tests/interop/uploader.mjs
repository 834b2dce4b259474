// SPDX-License-Identifier: GPL-3.0-or-later
// npm's tus-js-client, unchanged: uploads a file and says what happens, a line each (JSON).
//   node uploader.mjs '{"endpoint","token","file","metadata":{…},"options":{…},"stopAt"?:BYTES,"terminate"?:true}'
//       stopAt: ends the process in the middle, as closing the app would
// Out: {"progress":BYTES} · {"stopped":URL} · {"done":URL} · {"terminated":true} · {"failed":STATUS,"body":{…}}
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(process.env.LOBBY_NODE_MODULES + '/');
const { Upload } = require('tus-js-client');
const { endpoint, token, file, metadata, options, stopAt, terminate } = JSON.parse(process.argv[2]);

function tell(line) {
  process.stdout.write(JSON.stringify(line) + '\n');
}

const upload = new Upload(readFileSync(file), {
  endpoint,
  headers: { Authorization: `Bearer ${token}` },
  metadata,
  retryDelays: [50, 100, 200, 400, 800, 1600, 3200],
  ...options,
  onProgress(sent) {
    tell({ progress: sent });
    if (stopAt !== undefined && sent >= stopAt && upload.url) {
      tell({ stopped: upload.url });
      process.exit(0);
    }
  },
  async onSuccess() {
    tell({ done: upload.url });
    if (terminate) {
      await upload.abort(true);
      tell({ terminated: true });
    }
  },
  onError(error) {
    const response = error.originalResponse;

    tell({ failed: response?.getStatus() ?? 0, body: response ? JSON.parse(response.getBody() || '{}') : { message: String(error) } });
  },
});

upload.start();
