/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-server.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lobby-clock.h"
#include "lobby-http-listen.h"
#include "lobby-hub.h"
#include "lobby-log-writer.h"
#include "lobby-log.h"
#include "lobby-media-collector.h"
#include "lobby-metrics.h"
#include "lobby-rest.h"
#include "lobby-service-manager.h"
#include "lobby-sqlite-storage.h"
#include "lobby-thumbnailer.h"
#include "lobby-whatsapp.h"

/* How often other processes' changes (lobbyd connection add) are looked for. */
#define OUTSIDE_MSEC 500
#define PRUNE_MSEC 30000
#define LAG_MSEC 1000
#define UNUSED_TOKENS 100
#define DAY_MSEC (24 * 60 * 60 * G_GINT64_CONSTANT (1000))
/* For requests under way after a signal to end; with what comes after it stays below 5 s. */
#define ENDING_MSEC 3000
#define ENDING_STEP_MSEC 20

struct _LobbyServer
{
  GObject parent_instance;

  LobbyConfig *config;
  int lock;
  LobbyStorage *storage;
  LobbyHttpServer *http;
  LobbyHub *hub;
  LobbyWhatsapp *whatsapp;
  LobbyRest *rest;
  LobbyThumbnailer *thumbnailer; /* this and the next: while it runs */
  LobbyMediaCollector *collector;
  GMainLoop *loop;
  gint64 looked_at; /* monotonic µs: at the lag of the main loop */
  gboolean ending;
  gint64 ends_at; /* monotonic, ms */
};

G_DEFINE_FINAL_TYPE (LobbyServer, lobby_server, G_TYPE_OBJECT)

/* What agents do, on its way to WhatsApp. The storage has it already. */

static void
on_agent_typing (LobbyHub *hub,
                 const char *agent_id,
                 const char *conversation_id,
                 gboolean typing,
                 const char *socket_id,
                 LobbyServer *self)
{
  lobby_whatsapp_agent_typing (self->whatsapp, conversation_id, typing);
}

static void
on_agent_read (LobbyHub *hub,
               const char *agent_id,
               const char *conversation_id,
               const char *whatsapp_message_id,
               LobbyServer *self)
{
  g_autoptr (LobbyWireConversation) conversation = lobby_storage (self->storage, get_conversation, conversation_id);

  if (conversation != NULL)
    lobby_whatsapp_agent_read (self->whatsapp, conversation->connection_id, whatsapp_message_id);
}

/* All requests of a turn share a commit, and are answered in that turn. A commit that fails tells those who wait for it. */
static void
commit_requests (gpointer data)
{
  LobbyServer *self = data;

  lobby_storage (self->storage, flush, NULL);
}

/* Making it */

/* Two servers on one folder would send everything twice; nor may a newer one migrate what an older one has open. */
static gboolean
lock_folder (LobbyServer *self,
             const char *folder,
             GError **error)
{
  g_autofree char *path = g_build_filename (folder, "lobbyd.lock", NULL);

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "Cannot make the folder %s: %s", folder, g_strerror (errno));
      return FALSE;
    }
  self->lock = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (self->lock >= 0 && flock (self->lock, LOCK_EX | LOCK_NB) == 0)
    return TRUE;
  if (self->lock >= 0 && errno == EWOULDBLOCK)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY, "Another lobbyd runs on %s", folder);
  else
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "Cannot lock %s: %s", path, g_strerror (errno));
  return FALSE;
}

/* The host of "host:port" as one may write it into a browser on this machine. */
static char *
host_of (const char *listen)
{
  const char *colon = strrchr (listen, ':');
  g_autofree char *host = colon != NULL ? g_strndup (listen, (gsize)(colon - listen)) : g_strdup (listen);

  if (*host == '\0' || strcmp (host, "0.0.0.0") == 0 || strcmp (host, "[::]") == 0)
    return g_strdup ("127.0.0.1");
  return g_steal_pointer (&host);
}

static LobbyHttpServer *
make_http (const LobbyConfig *config,
           GError **error)
{
  const LobbyHttpLimits limits = {
    .max_connections = config->max_connections,
    .max_per_address = config->max_per_address,
    .max_header_bytes = (gsize)config->header_kib * 1024,
    .max_body_bytes = (gsize)config->bodies_mib * 1024 * 1024,
    .idle_sec = config->idle_seconds,
    .request_msec = config->request_seconds * 1000,
  };
  g_autoptr (LobbyHttpServer) http = NULL;
  int listener = lobby_service_manager_take_socket ();

  if (listener < 0)
    listener = lobby_http_listen (config->listen, error);
  if (listener < 0)
    return NULL;
  http = lobby_http_server_new_on_socket (listener, &limits, config->certificate, config->key, error);
  if (http == NULL || !lobby_http_server_set_trusted_proxies (http, config->trusted_proxies, error))
    return NULL;
  return g_steal_pointer (&http);
}

/* "http://127.0.0.1:8480" */
static char *
dup_own_url (LobbyServer *self)
{
  g_autofree char *host = host_of (self->config->listen);

  return g_strdup_printf ("%s://%s:%u", lobby_http_server_is_secure (self->http) ? "https" : "http", host, lobby_http_server_get_port (self->http));
}

LobbyServer *
lobby_server_new (LobbyConfig *config,
                  GError **error)
{
  g_autoptr (LobbyServer) self = g_object_new (LOBBY_TYPE_SERVER, NULL);
  g_autofree char *own_url = NULL;
  LobbySqliteStorage *storage;

  self->config = config;
  if (!lock_folder (self, config->data_folder, error))
    return NULL;
  storage = lobby_sqlite_storage_open (config->data_folder, error);
  if (storage == NULL)
    return NULL;
  self->storage = LOBBY_STORAGE (storage);
  self->http = make_http (config, error);
  if (self->http == NULL)
    return NULL;
  lobby_http_server_set_settle (self->http, commit_requests, self);
  self->hub = lobby_hub_new (self->http, self->storage, config->ping_interval * 1000, config->ping_timeout * 1000,
                             config->max_sockets);
  own_url = dup_own_url (self);
  self->whatsapp = lobby_whatsapp_new (self->http, self->storage, config->data_folder);
  lobby_whatsapp_set_public_url (self->whatsapp, config->public_url != NULL ? config->public_url : own_url);
  self->rest = lobby_rest_new (self->http, self->storage, self->hub, self->whatsapp);
  lobby_rest_set_public_url (self->rest, config->public_url);
  lobby_rest_set_metrics_token (self->rest, config->metrics_token);
  g_signal_connect (self->hub, "typing", G_CALLBACK (on_agent_typing), self);
  g_signal_connect (self->hub, "read", G_CALLBACK (on_agent_read), self);
  return g_steal_pointer (&self);
}

static void
lobby_server_finalize (GObject *object)
{
  LobbyServer *self = LOBBY_SERVER (object);

  if (self->hub != NULL)
    g_signal_handlers_disconnect_by_data (self->hub, self);
  /* The routes point into the others. */
  g_clear_object (&self->http);
  g_clear_object (&self->rest);
  g_clear_object (&self->hub);
  g_clear_object (&self->whatsapp);
  g_clear_object (&self->storage);
  if (self->lock >= 0)
    close (self->lock);
  g_main_loop_unref (self->loop);
  lobby_config_free (self->config);
  G_OBJECT_CLASS (lobby_server_parent_class)->finalize (object);
}

static void
lobby_server_class_init (LobbyServerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = lobby_server_finalize;
}

static void
lobby_server_init (LobbyServer *self)
{
  self->lock = -1;
  self->loop = g_main_loop_new (NULL, FALSE);
}

gboolean
lobby_server_is_set_up (LobbyServer *self)
{
  return lobby_storage (self->storage, has_agents);
}

char **
lobby_server_list_routes (LobbyServer *self)
{
  return lobby_http_server_list_routes (self->http);
}

/* Running */

static gboolean
look_outside (gpointer data)
{
  LobbyServer *self = data;

  if (!self->ending && lobby_sqlite_storage_check_outside (LOBBY_SQLITE_STORAGE (self->storage)))
    {
      lobby_whatsapp_reload (self->whatsapp);
      lobby_hub_look_outside (self->hub);
    }
  return G_SOURCE_CONTINUE;
}

/* A socket uses its token as long as it is open, though nobody asks for anything. */
static void
expire_tokens (LobbyServer *self)
{
  g_autoptr (GPtrArray) tokens = NULL;

  if (self->config->token_days == 0)
    return;
  tokens = lobby_storage (self->storage, list_unused_tokens, lobby_clock_now () - self->config->token_days * DAY_MSEC, UNUSED_TOKENS);
  for (guint i = 0; i < tokens->len; i++)
    {
      const LobbyToken *token = g_ptr_array_index (tokens, i);
      g_autoptr (LobbyAgent) agent = NULL;
      g_autoptr (GError) error = NULL;

      if (lobby_hub_has_token (self->hub, token->hash))
        agent = lobby_storage (self->storage, find_agent_by_token, token->hash, NULL);
      else if (lobby_storage (self->storage, remove_token, token->hash, &error))
        lobby_log_event (G_LOG_LEVEL_MESSAGE, "server", "an unused token expired", "agent", token->agent_id, NULL);
      else
        return; /* a full disk, and next time is soon */
    }
}

static gboolean
prune (gpointer data)
{
  LobbyServer *self = data;
  g_autoptr (GError) error = NULL;

  if (self->ending)
    return G_SOURCE_CONTINUE;
  expire_tokens (self);
  if (!lobby_storage (self->storage, prune_events, lobby_clock_now () - self->config->keep_days * DAY_MSEC, &error))
    lobby_log_event (G_LOG_LEVEL_WARNING, "server", "old events could not be removed", "reason", error->message, NULL);
  return G_SOURCE_CONTINUE;
}

/* A timer is as late as everything else. */
static gboolean
look_at_lag (gpointer data)
{
  LobbyServer *self = data;
  gint64 now = g_get_monotonic_time ();

  lobby_metrics_observe (LOBBY_METRIC_LOOP_LAG, MAX (now - self->looked_at - LAG_MSEC * 1000, 0));
  self->looked_at = now;
  return G_SOURCE_CONTINUE;
}

static gint64
monotonic_msec (void)
{
  return g_get_monotonic_time () / 1000;
}

/* A message whose answer from WhatsApp nobody recorded would be of unknown fate in the next life. */
static gboolean
is_busy (LobbyServer *self)
{
  return lobby_http_server_count_exchanges (self->http) > 0 || lobby_http_server_count_expected (self->http) > 0
         || lobby_whatsapp_count_under_way (self->whatsapp) > 0;
}

static gboolean
wait_for_exchanges (gpointer data)
{
  LobbyServer *self = data;

  if (is_busy (self) && monotonic_msec () < self->ends_at)
    return G_SOURCE_CONTINUE;
  lobby_hub_stop (self->hub);
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

static gboolean
on_end_signal (gpointer data)
{
  LobbyServer *self = data;

  if (self->ending)
    {
      g_main_loop_quit (self->loop); /* asked twice */
      return G_SOURCE_CONTINUE;
    }
  lobby_log_event (G_LOG_LEVEL_MESSAGE, "server", "stopping", NULL);
  lobby_service_manager_notify ("STOPPING=1");
  self->ending = TRUE;
  self->ends_at = monotonic_msec () + ENDING_MSEC;
  lobby_rest_set_draining (self->rest);
  lobby_http_server_stop (self->http);
  lobby_hub_stop_polling (self->hub);
  lobby_whatsapp_stop (self->whatsapp);
  g_timeout_add (ENDING_STEP_MSEC, wait_for_exchanges, self);
  return G_SOURCE_CONTINUE;
}

/* Reading the settings anew */

static void
tell_changes (const LobbyConfig *before,
              const LobbyConfig *after)
{
  g_auto (GStrv) now = lobby_config_diff (before, after, FALSE);
  g_auto (GStrv) later = lobby_config_diff (before, after, TRUE);
  g_autofree char *changed = g_strjoinv (", ", now);
  g_autofree char *waiting = g_strjoinv (", ", later);

  lobby_log_event (G_LOG_LEVEL_MESSAGE, "server", "settings read", "changed", *changed != '\0' ? changed : "none", NULL);
  if (*waiting != '\0')
    lobby_log_event (G_LOG_LEVEL_WARNING, "server", "some settings hold after a restart only", "settings", waiting, NULL);
}

/* FALSE: nothing was taken over. */
static gboolean
apply_settings (LobbyServer *self,
                const LobbyConfig *config,
                GError **error)
{
  if ((config->certificate != NULL) != lobby_http_server_is_secure (self->http))
    lobby_log_event (G_LOG_LEVEL_WARNING, "server", "whether TLS is spoken holds after a restart only", NULL);
  else if (config->certificate != NULL && !lobby_http_server_load_certificate (self->http, config->certificate, config->key, error))
    return FALSE;
  /* From here on nothing can fail: the settings were checked when they were read. */
  lobby_http_server_set_trusted_proxies (self->http, config->trusted_proxies, NULL);
  lobby_http_server_set_request_limits (self->http, config->request_seconds * 1000, (gsize)config->bodies_mib * 1024 * 1024);
  lobby_media_collector_set_keep_days (self->collector, config->keep_unused_days);
  lobby_log_writer_set (config->log_level, config->log_format);
  lobby_rest_set_metrics_token (self->rest, config->metrics_token);
  return TRUE;
}

static void
reload (LobbyServer *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyConfig) config = lobby_config_reload (self->config, &error);

  if (config == NULL || !apply_settings (self, config, &error))
    {
      lobby_log_event (G_LOG_LEVEL_WARNING, "server", "the settings stay as they were", "reason", error->message, NULL);
      return;
    }
  tell_changes (self->config, config);
  lobby_config_keep (config, self->config);
  lobby_config_free (self->config);
  self->config = g_steal_pointer (&config);
}

static gboolean
on_reload_signal (gpointer data)
{
  LobbyServer *self = data;

  lobby_service_manager_reloading ();
  reload (self);
  lobby_whatsapp_reload (self->whatsapp);
  lobby_hub_look_outside (self->hub);
  lobby_service_manager_notify ("READY=1");
  return G_SOURCE_CONTINUE;
}

void
lobby_server_run (LobbyServer *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *url = dup_own_url (self);
  guint alive = lobby_service_manager_keep_alive ();
  const guint sources[] = {
    g_unix_signal_add (SIGTERM, on_end_signal, self),
    g_unix_signal_add (SIGINT, on_end_signal, self),
    g_unix_signal_add (SIGHUP, on_reload_signal, self),
    g_timeout_add (OUTSIDE_MSEC, look_outside, self),
    g_timeout_add (PRUNE_MSEC, prune, self),
    g_timeout_add (LAG_MSEC, look_at_lag, self),
  };

  self->looked_at = g_get_monotonic_time ();
  expire_tokens (self);
  self->thumbnailer = lobby_thumbnailer_new (self->storage);
  self->collector = lobby_media_collector_new (self->storage, self->config->keep_unused_days);
  /* Only now: who reads this may end us at once. */
  printf ("Listening on %s\n", url);
  fflush (stdout);
  lobby_service_manager_notify ("READY=1");
  lobby_whatsapp_start (self->whatsapp);
  g_main_loop_run (self->loop);
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    g_source_remove (sources[i]);
  g_clear_handle_id (&alive, g_source_remove);
  g_clear_pointer (&self->thumbnailer, lobby_thumbnailer_free);
  g_clear_pointer (&self->collector, lobby_media_collector_free);
  if (!lobby_storage (self->storage, flush, &error))
    lobby_log_event (G_LOG_LEVEL_WARNING, "server", "the last changes were not kept", "reason", error->message, NULL);
  lobby_log_event (G_LOG_LEVEL_MESSAGE, "server", "stopped", NULL);
}
