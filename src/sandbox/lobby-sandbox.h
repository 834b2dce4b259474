/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* All that `lobby-sandbox` is: WhatsApp's HTTP, the control paths, and the customers. */
typedef struct _LobbySandbox LobbySandbox;

typedef struct
{
  char     *listen;           /* "127.0.0.1:0" */
  char     *token;
  char     *app_secret;
  char     *phone_number_id;
  char     *waba;
  char     *number;           /* of the business, "+15550783881" */
  char     *gateway_key;      /* X-Api-Key of the gateway */
  char     *gateway_number;   /* of the phone that is linked to it */
  char     *script;           /* path, or NULL for nobody */
  char     *media_folder;     /* where the script's files are */
  double    speed;
  guint     seed;
} LobbySandboxOptions;

/* @options is borrowed and has to outlive it. */
LobbySandbox *lobby_sandbox_new     (const LobbySandboxOptions *options,
                                     GError                   **error);
void          lobby_sandbox_free    (LobbySandbox              *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbySandbox, lobby_sandbox_free)
/* "http://127.0.0.1:PORT" */
const char   *lobby_sandbox_get_url (LobbySandbox              *self);

G_END_DECLS
