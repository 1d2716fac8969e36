"""Page texts under row-level security, and the one function that may use their index across the policy."""

from django.db import migrations

from apps.tenancy.services import isolate

# `@@` is not leakproof, so under a policy PostgreSQL checks the tenant first and the words row by row: half a second at
# 100 000 pages. The function runs as the owner, to whom a policy of its own opens reading of this table and no other, and
# states the tenant itself. It returns where and how well, never what: texts are read under the ordinary policy.
_OWNER_READS = "CREATE POLICY owner_searches ON documents_pagetext FOR SELECT TO CURRENT_USER USING (true)"
_FUNCTION = """
CREATE FUNCTION search_pages(query tsquery, among uuid[], most integer)
RETURNS TABLE (document_id uuid, number integer, rank real)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan SET enable_seqscan = off
AS $$
DECLARE
  tenant uuid := public.current_tenant();
BEGIN
  RETURN QUERY
  SELECT found.document_id, found.number, ts_rank_cd(found.vector, query, 1)
  FROM (
    SELECT t.document_id, t.number, t.vector FROM public.documents_pagetext t
    WHERE t.tenant_id = tenant AND t.vector @@ query AND (among IS NULL OR t.document_id = ANY (among))
    LIMIT most
  ) found;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0003_page_text")]
    operations = [
        *isolate("documents_pagetext", parents={"document_id": "documents_document"}),
        migrations.RunSQL(_OWNER_READS, "DROP POLICY owner_searches ON documents_pagetext"),
        migrations.RunSQL(_FUNCTION, "DROP FUNCTION search_pages(tsquery, uuid[], integer)"),
    ]
