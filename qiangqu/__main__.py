from qiangqu.site.cli import main

main()
