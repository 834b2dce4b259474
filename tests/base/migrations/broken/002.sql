-- SPDX-License-Identifier: GPL-3.0-or-later
INSERT INTO fruit VALUES ('lemon');
INSERT INTO nowhere VALUES (1);
