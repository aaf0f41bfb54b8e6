def test_smoke(book, run):
    r = run("client","add","--first","Ana")
    assert r.returncode==0, r.stderr
    r = run("client","list")
    assert "Ana" in r.stdout, r
