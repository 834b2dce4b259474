-- SPDX-License-Identifier: GPL-3.0-or-later
-- Numbers that are linked by a QR code through a gateway (kind 'gateway'), and connections that agents see and change.
ALTER TABLE connections ADD COLUMN gateway_url TEXT;
ALTER TABLE connections ADD COLUMN gateway_key TEXT;                 -- what the gateway lets us in by
ALTER TABLE connections ADD COLUMN gateway_session TEXT;             -- its name for the number
ALTER TABLE connections ADD COLUMN webhook_key TEXT;                 -- what the gateway signs its webhooks with; made here
ALTER TABLE connections ADD COLUMN step TEXT;                        -- of linking: scan_qr, enter_code, finish_in_browser, starting
ALTER TABLE connections ADD COLUMN linked_at INTEGER NOT NULL DEFAULT 0;             -- since when the phone is linked; 0: it is not
ALTER TABLE connections ADD COLUMN last_event_at INTEGER NOT NULL DEFAULT 0;         -- last webhook; up to a minute behind
ALTER TABLE connections ADD COLUMN webhook_verified_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE connections ADD COLUMN removed_at INTEGER NOT NULL DEFAULT 0;            -- its secrets are gone, its history stays
