/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-whatsapp-settings.h"

#include <string.h>

#include "lobby-json.h"

#define MAX_SETTING 4096

static const struct
{
  const char *field;
  gsize offset;
} fields[] = {
  { "name", G_STRUCT_OFFSET (LobbyWhatsappSettings, name) },
  { "phone_number", G_STRUCT_OFFSET (LobbyWhatsappSettings, phone_number) },
  { "phone_number_id", G_STRUCT_OFFSET (LobbyWhatsappSettings, phone_number_id) },
  { "waba_id", G_STRUCT_OFFSET (LobbyWhatsappSettings, waba_id) },
  { "access_token", G_STRUCT_OFFSET (LobbyWhatsappSettings, access_token) },
  { "app_secret", G_STRUCT_OFFSET (LobbyWhatsappSettings, app_secret) },
  { "verify_token", G_STRUCT_OFFSET (LobbyWhatsappSettings, verify_token) },
  { "graph_url", G_STRUCT_OFFSET (LobbyWhatsappSettings, graph_url) },
  { "gateway_url", G_STRUCT_OFFSET (LobbyWhatsappSettings, gateway_url) },
  { "gateway_key", G_STRUCT_OFFSET (LobbyWhatsappSettings, gateway_key) },
  { "session", G_STRUCT_OFFSET (LobbyWhatsappSettings, session) },
};

typedef struct
{
  char *field;
} LobbySettingErrorPrivate;

static void
lobby_setting_error_private_init (LobbySettingErrorPrivate *private)
{
}

static void
lobby_setting_error_private_copy (const LobbySettingErrorPrivate *source,
                                  LobbySettingErrorPrivate *copy)
{
  copy->field = g_strdup (source->field);
}

static void
lobby_setting_error_private_clear (LobbySettingErrorPrivate *private)
{
  g_free (private->field);
}

G_DEFINE_EXTENDED_ERROR (LobbySettingError, lobby_setting_error)

GError *
lobby_setting_error_new (const char *field,
                         const char *message)
{
  GError *error = g_error_new_literal (LOBBY_SETTING_ERROR, 0, message);

  lobby_setting_error_get_private (error)->field = g_strdup (field);
  return error;
}

const char *
lobby_setting_error_get_field (const GError *error)
{
  g_return_val_if_fail (error != NULL && error->domain == LOBBY_SETTING_ERROR, NULL);

  return lobby_setting_error_get_private (error)->field;
}

LobbyWhatsappSettings *
lobby_whatsapp_settings_new (LobbyWhatsappKind kind)
{
  LobbyWhatsappSettings *self = g_new0 (LobbyWhatsappSettings, 1);

  self->kind = kind;
  return self;
}

void
lobby_whatsapp_settings_free (LobbyWhatsappSettings *self)
{
  if (self == NULL)
    return;

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      char *text = G_STRUCT_MEMBER (char *, self, fields[i].offset);

      if (text != NULL)
        explicit_bzero (text, strlen (text));
      g_free (text);
    }
  g_free (self);
}

char **
lobby_whatsapp_settings_find (LobbyWhatsappSettings *self,
                              const char *field)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (g_strcmp0 (fields[i].field, field) == 0)
      return G_STRUCT_MEMBER_P (self, fields[i].offset);

  return NULL;
}

void
lobby_whatsapp_settings_read (LobbyWhatsappSettings *self,
                              JsonObject *json)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      const char *text = lobby_json_get_string (json, fields[i].field, MAX_SETTING);

      if (text != NULL)
        g_set_str (G_STRUCT_MEMBER_P (self, fields[i].offset), text);
    }
}

JsonObject *
lobby_whatsapp_settings_to_json (const LobbyWhatsappSettings *self)
{
  JsonObject *json = json_object_new ();

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    lobby_json_set_string (json, fields[i].field, G_STRUCT_MEMBER (char *, self, fields[i].offset));

  return json;
}

void
lobby_whatsapp_check_free (LobbyWhatsappCheck *check)
{
  if (check == NULL)
    return;

  g_free (check->id);
  g_free (check->message);
  g_free (check);
}
